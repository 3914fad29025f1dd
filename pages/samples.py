"""Samples: the list, narrowed, sorted and turned as the address says; a click opens a sample."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core import ids
from core.policy import Actor
from core.samples import SampleFilter, SampleRow
from core.scanning import Scanned
from dashboard import export_view, filters, navigation, notices, sample_filter, scan_field, stored_photos
from dashboard.language import day, plain, t, when
from dashboard.paging import page_of, turn_pages
from dashboard.session import current_actor
from dashboard.view_menu import saved_view_menu
from dashboard.widgets import badges, counted, cut_name, empty, name_of, open_sample, sample_cards, sample_link
from dashboard.width import is_narrow

PAGE_SIZE = 25
OPEN = "samples_open"
SCANNED = "samples_scanned"
# What a column shows; the photo and the number are always there.
COLUMNS: dict[str, Callable[[SampleRow], Any]] = {
    "status": lambda row: t(f"status.{row.status}"),
    "cut": cut_name,
    "grade": lambda row: name_of("grades", row.grade, row.species),
    "slaughtered_on": lambda row: day(row.slaughtered_on),
    "province": lambda row: name_of("provinces", row.province),
    "rounds": lambda row: str(row.rounds),
    "created_by": lambda row: row.created_by,
    "received_at": lambda row: when(row.received_at),
    "source": lambda row: t(f"source.{row.source}"),
    "trace_number": lambda row: row.trace_number,
    "city": lambda row: row.city or "-",
    "sex": lambda row: name_of("sexes", row.sex),
    "breed": lambda row: name_of("breeds", row.breed, row.species),
    "bms": lambda row: "-" if row.bms is None else str(row.bms),
    "heated": lambda row: t("samples.yes") if row.has_heated else "-",
    "laboratory": lambda row: t("samples.yes") if row.has_laboratory else "-",
    "updated_at": lambda row: when(row.updated_at),
}
SHOWN = ("status", "cut", "grade", "slaughtered_on", "province", "rounds", "received_at")
RIGHT = ("rounds", "bms")


def column_name(name: str) -> str:
    own = {"status": t("samples.status"), "heated": t("samples.heated"), "laboratory": t("samples.laboratory")}
    return own.get(name) or (t("samples.updated_at") if name == "updated_at" else t(f"sample.{name}"))


def choose_columns() -> list[str]:
    """In the order they stand in the table, whatever order they were picked in."""
    with st.popover(t("samples.columns"), icon=":material/view_column:", key="samples_columns"):
        chosen = filters.choose_many(
            "columns", t("samples.columns_help"), {name: column_name(name) for name in COLUMNS}
        )
    return [name for name in COLUMNS if name in (chosen or SHOWN)]


def show_table(rows: tuple[SampleRow, ...], names: list[str]) -> None:
    """The number is a button that opens its sample; a keyboard reaches it, too."""
    number = t("sample.id")
    table = {
        t("sample.photo"): [stored_photos.url(row.photo_id, 256) if row.photo_id else None for row in rows],
        number: [ids.pretty(row.id) for row in rows],
    }
    table |= {column_name(name): [COLUMNS[name](row) for row in rows] for name in names}
    config: dict[str, Any] = {
        t("sample.photo"): st.column_config.ImageColumn(width="small", pinned=True),
        number: st.column_config.ButtonColumn(type="tertiary", key=OPEN, pinned=True, alignment="left"),
    }
    config |= {column_name(name): st.column_config.TextColumn(alignment="right") for name in RIGHT}
    st.dataframe(
        pd.DataFrame(table), key="samples_table", hide_index=True, row_height=56, height="content",
        column_config=config, placeholder="-", alt=t("samples.title"),
    )  # fmt: skip
    if (click := st.session_state.get(OPEN)) is not None and click.row < len(rows):
        open_sample(rows[click.row].id)


def of_filter() -> dict[str, str]:
    """The address of the labels of all that the list is narrowed to."""
    kept = {name: value for name, value in st.query_params.items() if name in (*sample_filter.NAMES, "sort")}
    return kept | {"by": "filter"}


def note_scanned(found: Scanned) -> None:
    """A sample opens when the page runs; of a trace number, the list shows the samples."""
    if found.kind == "trace_number":
        sample_filter.clear()
        st.query_params["q"] = found.number
    elif found.is_known:
        st.session_state[SCANNED] = found.number
    else:
        notices.tell(t("scan.unknown_sample", id=ids.pretty(found.number)), "error")


def show_small(rows: tuple[SampleRow, ...]) -> None:
    """For a phone: a small photo with what matters beside it."""
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="top"):
            if row.photo_id:
                st.image(stored_photos.url(row.photo_id, 256), alt=t("sample.photo_alt", cut=cut_name(row)), width=88)
            with st.container(gap=None, width="stretch"):
                sample_link(row.id)
                grade = name_of("grades", row.grade, row.species)
                st.caption(plain(f"{cut_name(row)} · {grade} · {day(row.slaughtered_on)}"))
                badges(row)


def show(actor: Actor, wanted: SampleFilter, order: str | None, *, is_phone: bool) -> None:
    found = page_of(actor, wanted, limit=PAGE_SIZE, sort=order)
    as_cards, names = False, []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("samples.found", n=counted(found.total, found.is_more)), width="stretch")
        if not is_phone:
            ways = {"table": t("samples.table"), "cards": t("samples.cards")}
            as_cards = filters.tab("view", t("samples.view"), ways) == "cards"
            names = choose_columns()
        export_view.link(t("samples.export"))
        saved_view_menu(actor, "samples")
        st.page_link(navigation.to("labels"), label=t("labels.open"), icon=":material/label:", query_params=of_filter())
        scan_field.button("samples_scan", note_scanned)
    if not found.rows:
        empty("samples.empty")
    elif is_phone:
        show_small(found.rows)
    elif as_cards:
        sample_cards(found.rows)
    else:
        show_table(found.rows, names)
    turn_pages(found, "samples")


if (scanned := st.session_state.pop(SCANNED, None)) is not None:
    open_sample(scanned)
actor = current_actor()
is_phone = is_narrow()
show(actor, *sample_filter.choose_filter(actor, is_narrow=is_phone), is_phone=is_phone)
