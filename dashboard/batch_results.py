"""What came out of a batch: a table beside what was measured, a chart of the two, a table of hits and misses."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from core import ids
from core.labels import VALUES
from core.policy import Actor
from core.predictions import GRADES, batches
from core.predictions.batches import BatchRow, BatchView
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from dashboard import charts, filters, stored_photos
from dashboard.charts import predictions as drawings
from dashboard.language import plain, t
from dashboard.prediction_parts import Interval, grade_text, interval_text, signed, target_name, value_decimals
from dashboard.timeline import place_name
from dashboard.widgets import empty, name_of, open_sample, sample_link

PAGE_SIZE = 25
CHUNK, MOST_DRAWN = 500, 5_000
TARGETS = (*RAW_SCORES, *HEATED_SCORES, *VALUES)
OPEN, AFTER = "batch_open", "after"


def show_results(actor: Actor, one: BatchView, *, is_phone: bool) -> None:
    if not one.done + one.failed:
        return
    parts: dict[str, Callable[[], None]] = {
        "table": lambda: _show_table(actor, one, is_phone=is_phone),
        "scatter": lambda: _show_scatter(actor, one),
        "confusion": lambda: _show_confusion(actor, one),
    }
    if one.failed:
        parts["failed"] = lambda: _show_failed(actor, one)
    part = filters.tab("part", t("prediction_batch.part"), {name: t(f"prediction_batch.part_{name}") for name in parts})
    parts[part]()


def _choose_target() -> str:
    names = {name: target_name(name) for name in TARGETS}
    with st.container(width=320):
        return filters.choose("target", t("prediction_batch.target"), names, none=names["marbling"]) or "marbling"


def _show_table(actor: Actor, one: BatchView, *, is_phone: bool) -> None:
    target = _choose_target()
    found = batches.rows(actor, one.id, after=_after(), limit=PAGE_SIZE, only="predicted")
    if not found.rows:
        empty("prediction_batch.nothing_yet")
        return
    (_show_cards if is_phone else _show_wide)(found.rows, target)
    _turn(one.id, found.next, found.rows[0].position)


def _show_wide(rows: tuple[BatchRow, ...], target: str) -> None:
    sample, name = t("sample.id"), target_name(target)
    cells = [_cells(row, target) for row in rows]
    table = {
        t("sample.photo"): [stored_photos.url(row.photo_id, 256) for row in rows],
        sample: [ids.pretty(row.sample_id) for row in rows],
        t("prediction_batch.state"): [_mark(row) for row in rows],
        t("prediction_batch.place"): [_place(row) for row in rows],
        t("prediction.grade"): [_grade(row) for row in rows],
        t("prediction_batch.graded"): [_graded(row) for row in rows],
        t("prediction_batch.of_target", name=name): [cell[0] for cell in cells],
        t("prediction.measured"): [cell[1] for cell in cells],
        t("prediction.difference"): [cell[2] for cell in cells],
    }
    right = [t("prediction_batch.of_target", name=name), t("prediction.measured"), t("prediction.difference")]
    config: dict[str, Any] = {name: st.column_config.TextColumn(alignment="right") for name in right}
    config[t("sample.photo")] = st.column_config.ImageColumn(width="small", pinned=True)
    config[sample] = st.column_config.ButtonColumn(type="tertiary", key=OPEN, pinned=True, alignment="left")
    st.dataframe(
        pd.DataFrame(table), key="batch_table", hide_index=True, row_height=56, height="content", placeholder="-",
        column_config=config, alt=t("prediction_batch.part_table"),
    )  # fmt: skip
    if (click := st.session_state.get(OPEN)) is not None and click.row < len(rows):
        open_sample(rows[click.row].sample_id)


def _show_cards(rows: tuple[BatchRow, ...], target: str) -> None:
    """For a phone."""
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="top"):
            st.image(stored_photos.url(row.photo_id, 256), alt=ids.pretty(row.sample_id), width=88)
            with st.container(gap=None, width="stretch"):
                sample_link(row.sample_id)
                predicted, measured, difference = _cells(row, target)
                st.markdown(plain(f"{_grade(row)} · {t('prediction_batch.given')} {_graded(row)}"))
                st.caption(plain(f"{target_name(target)}: {predicted}, {t('prediction.measured')} {measured} "
                                 f"({difference})"))  # fmt: skip
                st.caption(plain(f"{_place(row)} · {_mark(row)}"))


def _cells(row: BatchRow, target: str) -> tuple[str, str, str]:
    """Predicted with its interval, measured, and the difference."""
    decimals = value_decimals(target) if target in VALUES else 1
    interval, seen = _interval(row, target), _seen(row, target)
    predicted = "-" if interval is None else interval_text(interval, decimals)
    off = row.differences.get(target)
    return (
        predicted,
        "-" if seen is None else f"{seen:.{decimals}f}",
        "-" if off is None else signed(off, decimals),
    )


def _interval(row: BatchRow, target: str) -> Interval | None:
    if row.prediction is None:
        return None
    found = row.prediction.values.get(target) or row.prediction.scores.get(target)
    return (found["value"], found["low"], found["high"]) if found else None


def _seen(row: BatchRow, target: str) -> float | None:
    return row.measured.values.get(target, row.measured.scores.get(target))


def _grade(row: BatchRow) -> str:
    return (grade_text(row.prediction) or t("prediction_batch.no_answer")) if row.prediction else "-"


def _graded(row: BatchRow) -> str:
    """What the carcass was given, and how many grades above it the prediction is."""
    if not row.measured.grade:
        return "-"
    name = name_of("grades", row.measured.grade)
    return name if row.grade_steps is None else f"{name} ({signed(row.grade_steps, 0)})"


def _place(row: BatchRow) -> str:
    return place_name(row.seq, row.preparation)


def _mark(row: BatchRow) -> str:
    if row.prediction is None or not row.prediction.says_something:
        return "-"
    return t("prediction_batch.is_ai" if row.prediction.is_ai else "prediction.accepted_short")


def _after() -> int | None:
    given = st.query_params.get(AFTER, "")
    return int(given) if given.isdecimal() else None


def _turn(batch_id: UUID, following: int | None, first: int) -> None:
    """On and back; where one is stands in the address, and the way back is remembered for this visit."""
    here, way = _after(), f"batch_way_{batch_id}"
    if here is None:
        st.session_state[way] = []
    if here is None and following is None:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            t("samples.previous"), key="batch_previous", icon=":material/chevron_left:", disabled=here is None,
            on_click=_go_back, args=(way,),
        )  # fmt: skip
        st.button(
            t("samples.next"), key="batch_next", icon=":material/chevron_right:", disabled=following is None,
            on_click=_go_on, args=(way, here, following),
        )  # fmt: skip


def _go_on(way: str, here: int | None, following: int) -> None:
    st.session_state.setdefault(way, []).append(here)
    st.query_params[AFTER] = str(following)


def _go_back(way: str) -> None:
    before = (st.session_state.get(way) or [None]).pop()
    if before is None:
        st.query_params.pop(AFTER, None)
    else:
        st.query_params[AFTER] = str(before)


def _drawn(actor: Actor, one: BatchView) -> list[BatchRow]:
    """All rows that a chart shows, up to a bound that it names."""
    with st.spinner(t("prediction_batch.reading")):
        return _all_rows(actor, str(actor.id), one.id, one.done)


@st.cache_data(max_entries=4, ttl=300, show_spinner=False)
def _all_rows(_actor: Actor, actor_id: str, batch_id: UUID, done: int) -> list[BatchRow]:
    """What is measured may change within these minutes; what is predicted never does."""
    rows: list[BatchRow] = []
    after: int | None = None
    while len(rows) < MOST_DRAWN:
        found = batches.rows(_actor, batch_id, after=after, limit=CHUNK, only="predicted")
        rows += found.rows
        if found.next is None:
            break
        after = found.next
    return rows


def _show_scatter(actor: Actor, one: BatchView) -> None:
    target = _choose_target()
    rows = _drawn(actor, one)
    told = [(row, _interval(row, target), _seen(row, target)) for row in rows]
    both = [(row, interval, seen) for row, interval, seen in told if interval is not None and seen is not None]
    if not both:
        empty("prediction_batch.nothing_to_compare")
        return
    table = pd.DataFrame(
        [(seen, *interval) for _, interval, seen in both], columns=["measured", "predicted", "low", "high"]
    )
    off = table["predicted"] - table["measured"]
    values = {"n": len(table), "mae": f"{off.abs().mean():.2f}", "bias": signed(float(off.mean()), 2)}
    st.markdown(f"**{plain(t('prediction_batch.scatter_says', name=target_name(target), **values))}**")
    span = one.model.scale if target not in VALUES else None
    names = [ids.pretty(row.sample_id) for row, _, _ in both]
    key = f"batch_scatter_{target}"
    chosen = st.plotly_chart(
        drawings.against(table, target_name(target), span, names), key=key, config=charts.CONFIG, on_select="rerun",
        selection_mode="points", alt=t("prediction_batch.part_scatter"),
    )  # fmt: skip
    points = [point for point in chosen.selection.points if point.get("customdata") is not None]
    if points:
        place = points[0]["customdata"]
        sample_link(both[place[0] if isinstance(place, list) else place][0].sample_id)
    else:
        st.caption(t("prediction_batch.click"))
    _say_bound(one, rows)


def _show_confusion(actor: Actor, one: BatchView) -> None:
    rows = _drawn(actor, one)
    pairs = [(row.measured.grade, row.prediction.named_grade) for row in rows
             if row.prediction and row.prediction.named_grade and row.measured.grade]  # fmt: skip
    classes = [key for key in GRADES if any(key in pair for pair in pairs)]
    if not pairs:
        empty("prediction_batch.nothing_to_compare")
        return
    counts = [[pairs.count((truth, said)) for said in classes] for truth in classes]
    steps = [abs(classes.index(truth) - classes.index(said)) for truth, said in pairs]
    hit, near = (sum(step <= most for step in steps) / len(steps) for most in (0, 1))
    told = {"n": len(pairs), "hit": hit, "near": near}
    st.markdown(f"**{plain(t('prediction_batch.confusion_says', **told))}**")
    st.plotly_chart(drawings.confusion(counts, classes), key="batch_confusion", config=charts.CONFIG,
                    alt=t("prediction_batch.part_confusion"))  # fmt: skip
    if "species" not in one.filter:
        st.caption(t("prediction_batch.all_species"))
    _say_bound(one, rows)


def _say_bound(one: BatchView, rows: list[BatchRow]) -> None:
    if len(rows) < one.done:
        st.caption(t("prediction_batch.bound", n=len(rows), total=one.done))


def _show_failed(actor: Actor, one: BatchView) -> None:
    """Photos that could not be predicted, and why."""
    for row in batches.rows(actor, one.id, limit=PAGE_SIZE, only="failed").rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            sample_link(row.sample_id)
            st.caption(plain(f"{_place(row)} · {t(f'error.{row.error}') if row.error else '-'}"))
