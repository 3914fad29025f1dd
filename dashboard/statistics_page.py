"""What every page of statistics does alike: filter, part, chart, n, numbers, downloads, the samples behind a mark."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import ids, statistics
from core.errors import BadInput
from core.policy import Actor
from core.statistics import Answer, Part, Says, StatisticsFilter, Test, wording
from core.statistics.filters import days_of_month
from core.workbooks import XLSX
from dashboard import charts, filters, navigation, notices
from dashboard.language import day, language, plain, speaking, t
from dashboard.session import current_actor
from dashboard.statistic_filter import choose_filter, list_query, told
from dashboard.statistic_pictures import picture_buttons
from dashboard.values import field_name
from dashboard.widgets import empty, known_catalogue, name_of
from dashboard.words_of_tables import heading, named_table, number_format

Draw = Callable[[Part], go.Figure]
BEHIND = "statistics_behind"  # the filter that a clicked mark stands for
SAMPLE_IDS = ("sample", "other")  # columns of ids that lead to their samples


def statistics_page(
    view: str,
    figures: Mapping[str, Draw],
    options: Callable[[str], dict[str, Any]] | None = None,
    others: Mapping[str, Callable[[Actor, dict[str, Any]], None]] | None = None,
) -> None:
    """Draws a page of statistics.

    Args:
        figures: part of the view -> what draws its chart; the parts are offered in this order, and one is computed.
        options: draws what can be chosen for a part beyond the filter, and gives it by the names of the view's query.
        others: further parts, which draw themselves from the filter and the options.
    """
    actor = current_actor()
    wanted = choose_filter(actor)
    names = {name: t(f"{view}.part_{name}") for name in (*figures, *(others or {}))}
    shown = filters.tab("part", t("statistics.part"), names) if len(names) > 1 else next(iter(names))
    wanted |= options(shown) if options else {}
    if others and shown in others:
        others[shown](actor, wanted)
        _link_to_methods(view)
        show_behind(actor)
        return
    try:
        with st.spinner(t("statistics.computing"), show_time=True):
            answer = statistics.view(actor, view, wanted, (shown,))
    except BadInput as refusal:
        show_findings(refusal)
        return
    show_part(answer, answer.parts[0], figures[shown])
    _link_to_methods(view)
    show_behind(actor)


def _link_to_methods(view: str) -> None:
    st.page_link(
        navigation.to("methods"), label=t("statistics.how"), icon=":material/functions:", query_params={"view": view}
    )


def show_findings(refusal: BadInput) -> None:
    """What is wrong with the filter."""
    for finding in refusal.findings:
        st.error(f"{field_name(finding.field)}: {notices.describe(finding)}", icon=":material/error:")


def show_part(answer: Answer, part: Part, draw: Draw) -> None:
    """One chart with everything that belongs to it."""
    if not part.n.samples:
        empty("statistics.empty")
        return
    said = say(part.says)
    st.markdown(f"**{plain(said)}**")
    st.caption(" · ".join(counts(part)))
    chart, numbers = st.tabs([t("statistics.chart"), t("statistics.numbers")])
    key = f"chart_{answer.view}_{part.name}"
    with chart:
        st.plotly_chart(
            draw(part), key=key, config=charts.CONFIG, alt=said, selection_mode="points",
            on_select=partial(_follow, key, answer, part) if part.link or part.narrows else "ignore",
        )  # fmt: skip
        if part.link or any(part.narrows):
            st.caption(t("statistics.click"))
    with numbers:
        show_table(part)
    show_tests(part.tests)
    for note in part.notes:
        st.caption(f":material/info: {plain(say(note))}")
    if "is_small" in part.table and part.table["is_small"].any():
        st.caption(f":material/warning: {t('statistics.note_small')}")
    _downloads(answer, part, key)


def say(says: Says) -> str:
    return wording.sentence(language(), known_catalogue(), says)


def counts(part: Part) -> list[str]:
    """n of animals, samples and scores, and what is missing."""
    told = [t("statistics.n_animals", n=part.n.animals), t("statistics.n_samples", n=part.n.samples)]
    if part.n.scores:
        told.append(t("statistics.n_scores", n=part.n.scores))
    return [*told, t("statistics.n_missing", n=part.missing)]


def show_table(part: Part) -> None:
    """The numbers as they are, with names for keys; numbers stand right and have the decimals of their kind."""
    table = named_table(part)
    config: dict[str, Any] = {
        heading(str(name)): st.column_config.NumberColumn(format=number_format(str(name), part.more.get("decimals", 2)))
        for name in part.table
        if pd.api.types.is_float_dtype(part.table[name])
    }
    for name in [name for name in SAMPLE_IDS if name in part.table]:
        table[heading(name)] = [f"/sample?id={sample}" for sample in part.table[name]]
        config[heading(name)] = st.column_config.LinkColumn(display_text=r"id=(.*)$")
    st.dataframe(table, hide_index=True, column_config=config, placeholder="-", alt=say(part.says))


def show_tests(tests: tuple[Test, ...]) -> None:
    for test in tests:
        st.caption(f":material/function: {plain(test_line(test))}")


def test_line(test: Test) -> str:
    """A test as papers print it: name, statistic with degrees of freedom, p, effect, n."""
    written = [f"{f:,.0f}" if f == round(f) else f"{f:,.1f}" for f in test.freedom]
    freedom = f"({', '.join(written)})" if written else ""
    p = "p < 0.001" if test.p < 0.001 else f"p = {test.p:.3f}"
    parts = [f"{t(f'test.{test.name}')} {t(f'test.statistic_{test.name}')}{freedom} = {test.statistic:.3f}", p]
    if test.effect_name and test.effect is not None:
        parts.append(f"{t(f'effect.{test.effect_name}')} = {test.effect:.3f}")
    parts += [f"{t(f'effect.{name}')} = {effect:.3f}" for name, effect in test.more_effects.items()]
    parts.append(f"n = {test.n:,}")
    return (f"{field_name(test.of)}: " if test.of else "") + ", ".join(parts)


def show_behind(actor: Actor) -> None:
    """The samples behind the mark that was just clicked."""
    if (wanted := st.session_state.pop(BEHIND, None)) is not None:
        _behind_dialog(actor, wanted)


def narrowed(query: StatisticsFilter, part: Part, row: int) -> dict[str, Any]:
    """The filter of a chart narrowed to what one row of its table stands for."""
    fields = {name: getattr(query, name) for name in StatisticsFilter.model_fields}
    for column, field in part.link.items():
        value = part.table[column].iloc[row]
        if field == "month":
            fields |= days_of_month(query, value)
        else:
            fields[field] = value.item() if hasattr(value, "item") else value
    if part.more.get("species"):
        fields["species"] = part.more["species"]
    if part.narrows:
        fields |= part.narrows[row] or {}
    return {name: value for name, value in fields.items() if value is not None}


def _follow(key: str, answer: Answer, part: Part) -> None:
    """Remembers what a click on a mark stands for; `customdata` of a mark is its row in the part's table."""
    points = st.session_state[key]["selection"]["points"]
    row = next((point["customdata"] for point in points if point.get("customdata") is not None), None)
    row = row[0] if isinstance(row, list) else row
    if row is None or (part.narrows and part.narrows[int(row)] is None):
        return
    if part.narrows and (address := (part.narrows[int(row)] or {}).get("address")):
        st.query_params.update(address)
    else:
        st.session_state[BEHIND] = narrowed(answer.wanted, part, int(row))


def _behind_dialog(actor: Actor, wanted: dict[str, Any]) -> None:
    chosen = wanted.pop("ids", None)
    query = StatisticsFilter.model_validate(wanted)
    found = statistics.samples_behind(actor, query, chosen)

    @st.dialog(t("statistics.behind", n=found.n.samples), width="large")
    def dialog() -> None:
        if chosen is None and (in_list := list_query(query)) is not None:
            st.page_link(
                navigation.to("samples"), label=t("statistics.open_list"), icon=":material/table_rows:",
                query_params=in_list,
            )  # fmt: skip
        if found.n.samples > len(found.newest):
            st.caption(t("statistics.behind_newest", n=len(found.newest)))
        rows = found.newest.to_dict("records")
        table = {
            t("sample.id"): [f"/sample?id={row['id']}#{ids.pretty(row['id'])}" for row in rows],
            t("sample.cut"): [name_of("secondary_cuts", row["secondary_cut"], row["species"]) for row in rows],
            t("sample.grade"): [name_of("grades", row["grade"], row["species"]) for row in rows],
            t("sample.slaughtered_on"): [day(row["slaughtered_on"]) for row in rows],
            t("sample.province"): [name_of("provinces", row["province"]) for row in rows],
        }
        links = {t("sample.id"): st.column_config.LinkColumn(display_text=r"#(.*)$")}
        st.dataframe(pd.DataFrame(table), hide_index=True, column_config=links, placeholder="-")

    dialog()


def _downloads(answer: Answer, part: Part, key: str) -> None:
    """The numbers as files, the chart as pictures; nothing is made before somebody asks."""
    stem = f"meatlab_{answer.view}_{part.name}"
    with st.container(horizontal=True, key=f"downloads_{part.name}"):
        st.download_button(
            "CSV", partial(_made, language(), as_csv, part), f"{stem}.csv", "text/csv", key=f"csv_{part.name}",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            "Excel", partial(_made, language(), as_workbook, answer, part), f"{stem}.xlsx",
            XLSX, key=f"xlsx_{part.name}",
            on_click="ignore", icon=":material/table:",
        )  # fmt: skip
        picture_buttons(key, stem)


def _made(lang: str, make: Callable[..., bytes], *of: Any) -> bytes:
    """A file in the language of the page: it is made when somebody asks for it, and no page runs then."""
    with speaking(lang):
        return make(*of)


def as_csv(part: Part) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    return named_table(part).to_csv(index=False).encode("utf-8-sig")


def as_workbook(answer: Answer, part: Part) -> bytes:
    """The numbers on one sheet; on another what they are of."""
    stream = io.BytesIO()
    about = [
        (t("statistics.sentence"), say(part.says)),
        *told(answer.view, answer.wanted),
        *((t("statistics.test"), test_line(test)) for test in part.tests),
        ("n", ", ".join(counts(part))),
    ]
    with pd.ExcelWriter(stream, engine="openpyxl") as writer:
        named_table(part).to_excel(writer, sheet_name=t("statistics.numbers"), index=False)
        pd.DataFrame(about).to_excel(writer, sheet_name=t("statistics.about"), index=False, header=False)
    return stream.getvalue()
