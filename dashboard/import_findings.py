"""What an import asks and what it found, on its page."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from core import ids, imports
from core.imports import LEVELS, CellFinding, ColumnView, ImportView
from core.policy import Actor
from dashboard import import_file, notices
from dashboard.language import language, plain, t
from dashboard.session import current_actor
from dashboard.widgets import known_catalogue

SHOWN = 500
MOST_ASKED = 50  # rows whose sample is asked for at once
NEW = "new"


def show_questions(actor: Actor, one: ImportView, columns: Sequence[ColumnView]) -> None:
    """Scale, unknown columns and rows of which several samples may be meant; then it is looked through again."""
    found, _ = imports.findings(actor, one.id, level="question", limit=SHOWN)
    codes = {each.code for each in found}
    with st.container(border=True, key="import_questions"):
        st.markdown(f"**{t('import.questions')}**")
        for each in found:
            if each.code not in ("scale_needed", "unknown_column", "several_fit"):
                st.warning(plain(f"{each.sheet} {each.cell}: {told(each)}"), icon=":material/help:")
            if each.code in imports.DOUBTS:
                st.checkbox(t("import.sure"), key=_sure_key(each))
        if "scale_needed" in codes:
            _ask_scale()
        asked = [column for column in columns if column.target is None or _is_doubted(column, found)]
        for column in asked:
            _ask_column(actor, column, columns)
        rows = [each for each in found if each.code == "several_fit"][:MOST_ASKED]
        for each in rows:
            _ask_sample(each)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(
                t("import.again"), key="import_again", type="primary", icon=":material/refresh:", on_click=_answer,
                args=(one, asked, rows, [each for each in found if each.code in imports.DOUBTS]),
            )  # fmt: skip
            if asked:
                st.text_input(t("import.save_mapping"), key="import_mapping_name")
                st.button(
                    t("import.save"), key="import_save", icon=":material/bookmark:", on_click=_save, args=(asked,)
                )


def _is_doubted(column: ColumnView, found: Sequence[CellFinding]) -> bool:
    """Whether something else is asked of a column than what it is: another answer may be that."""
    about = [each for each in found if each.code not in ("scale_needed", "several_fit", "unknown_column")]
    return any(each.sheet == column.sheet and each.cell.rstrip("0123456789") == column.letters for each in about)


def _ask_scale() -> None:
    names = {entry.key: entry.name(language()) for entry in known_catalogue().scales}
    st.selectbox(
        t("import.scale"), [*names], index=None, key="import_scale_asked", help=t("import.scale_help"),
        format_func=names.__getitem__,
    )  # fmt: skip


def _sure_key(each: CellFinding) -> str:
    return f"import_sure_{imports.doubt(each)}"


def _key(column: ColumnView) -> str:
    return f"import_column_{column.sheet}_{column.letters}"


def _ask_column(actor: Actor, column: ColumnView, columns: Sequence[ColumnView]) -> None:
    """What it is, with its first values; what a saved mapping or its name suggests comes first."""
    names = {target: target_name(target) for target in (imports.SKIP, *imports.targets())}
    saved = imports.mappings.fitting(imports.mappings.browse(actor), columns)
    first = (saved.columns.get(column.key) if saved else None) or column.target or column.suggested
    label = t("import.column_means", letters=column.letters, header=column.header, sheet=column.sheet)
    st.selectbox(
        plain(label), [*names], index=[*names].index(first) if first in names else None, key=_key(column),
        format_func=names.__getitem__,
    )  # fmt: skip
    st.caption(plain(t("import.preview", values=", ".join(column.preview) or "-")))


def target_name(target: str) -> str:
    if target == imports.SKIP:
        return t("import.column_skip")
    name = imports.field_name(target, language())
    sheet = target.partition(".")[0]
    group = t(f"field.sheet.{sheet}") if sheet in ("samples", "rounds", "evaluations", "measurements") else ""
    heated = f" ({t('preparation.heated')})" if "@" in target else ""
    return f"{group}: {name}{heated}" if group else name


def _ask_sample(each: CellFinding) -> None:
    listed = [found for part in each.values["ids"].split(",") if (found := ids.parse(part))]
    names = {NEW: t("import.which_new")} | {sample_id: ids.pretty(sample_id) for sample_id in listed}
    st.selectbox(
        plain(t("import.which", sheet=each.sheet, row=each.row, found=each.found)), [*names], index=None,
        key=f"import_which_{each.sheet}_{each.row}", format_func=names.__getitem__,
    )  # fmt: skip


def _answered(asked: Sequence[ColumnView]) -> dict[str, str]:
    said = {column.key: st.session_state.get(_key(column)) for column in asked}
    return {key: target for key, target in said.items() if target}


def _answer(
    one: ImportView, asked: Sequence[ColumnView], rows: Sequence[CellFinding], doubts: Sequence[CellFinding]
) -> None:
    """A callback."""
    chosen = {
        f"{each.sheet}!{each.row}": st.session_state.get(f"import_which_{each.sheet}_{each.row}") for each in rows
    }
    options: dict[str, Any] = {
        "mapping": one.options.get("mapping", {}) | _answered(asked),
        "choices": one.options.get("choices", {}) | {place: said for place, said in chosen.items() if said},
    }
    sure = [imports.doubt(each) for each in doubts if st.session_state.get(_sure_key(each))]
    options["sure"] = [*one.options.get("sure", []), *sure]
    if scale := st.session_state.get("import_scale_asked"):
        options["scale"] = scale
    notices.attempt(partial(imports.answer, current_actor(), one.id, options))


def _save(asked: Sequence[ColumnView]) -> None:
    """A callback."""
    name = st.session_state.get("import_mapping_name", "")
    save = partial(imports.mappings.save, current_actor(), name, _answered(asked), replace=True)
    if (found := notices.attempt(save)) is not None:
        notices.tell(t("import.mapping_saved", name=found.name))


def told(found: CellFinding) -> str:
    instead = imports.suggested(found, language(), known_catalogue())
    more = f" {t('import.instead', value=instead)}" if instead else ""
    return f"{imports.message(found, language())}{more}"


def show_findings(actor: Actor, one: ImportView) -> None:
    """Everything that was found, by level, and the copy in which it stands in the cells."""
    counts = {level: one.summary.get(f"{level}s", 0) for level in LEVELS}
    total = sum(counts.values())
    st.subheader(t("import.findings"), anchor=False)
    if not total:
        st.success(t("import.no_findings"), icon=":material/check_circle:")
        return
    names = {None: t("import.level_all", n=total)} | {
        level: t(f"import.level_{level}", n=n) for level, n in counts.items() if n
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = st.selectbox(t("import.level"), [*names], key="import_level", format_func=names.__getitem__)
        url = import_file.marked_url(one.id, language())
        st.link_button(t("import.marked_file"), url, icon=":material/download:")
    _show_table(actor, one.id, level)


def _show_table(actor: Actor, run_id: UUID, level: str | None) -> None:
    found, total = imports.findings(actor, run_id, level=level, limit=SHOWN)
    known = known_catalogue()
    table = pd.DataFrame({
        t("import.column_sheet"): [each.sheet for each in found],
        t("import.column_cell"): [each.cell for each in found],
        t("import.column_field"): [imports.field_name(each.field, language()) for each in found],
        t("import.column_found"): [each.found for each in found],
        t("import.column_message"): [imports.message(each, language()) for each in found],
        t("import.column_instead"): [imports.suggested(each, language(), known) for each in found],
    })  # fmt: skip
    st.dataframe(table, hide_index=True, key="import_findings")
    if total > len(found):
        st.caption(t("import.shown", n=len(found), total=total))


def show_columns(columns: Sequence[ColumnView]) -> None:
    """What each column was taken for, to look over."""
    with st.expander(t("import.columns"), icon=":material/view_column:"):
        st.dataframe(
            pd.DataFrame({
                t("import.column_sheet"): [each.sheet for each in columns],
                t("import.column_cell"): [each.letters for each in columns],
                t("import.column_found"): [each.header for each in columns],
                t("import.column_field"): [target_name(each.target) if each.target else "?" for each in columns],
            }),
            hide_index=True, key="import_columns",
        )  # fmt: skip
