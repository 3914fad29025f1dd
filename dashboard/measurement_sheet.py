"""The laboratory's sheet: a row a measure, a column a replicate, typed or pasted whole.

Cells hold text, so that whatever was typed stays there until it is right.
"""

from functools import partial
from typing import Any
from uuid import UUID, uuid5

import pandas as pd
import streamlit as st

from core import clock, inputs, measurements
from core.errors import BadInput, Finding
from core.measurements import NewMeasurement, measures, usual_range
from core.samples import SampleView
from core.samples.views import MeasurementView, RoundView
from dashboard import dialogs, notices
from dashboard.language import language, plain, t
from dashboard.session import current_actor
from dashboard.values import field_name

FORM = "sheet"
FEWEST_COLUMNS = 3
WEIGHTS = ("cook_before_g", "cook_after_g")
TEXTS = ("cathepsin_unit", "instrument", "note")
ROWS = (*measures(), *WEIGHTS, *TEXTS)

Cells = dict[str, dict[str, str]]  # replicate -> row -> what is typed


def show_button(sample: SampleView, part: RoundView, preparation: str) -> None:
    there = [m for m in part.measurements if m.preparation == preparation]
    columns = max([FEWEST_COLUMNS, *(m.replicate for m in there)])
    cells = {str(n): dict.fromkeys(ROWS, "") for n in range(1, columns + 1)}
    for measured in there:
        cells[str(measured.replicate)] |= _typed(measured)
    dialogs.opener(
        FORM, t(f"laboratory.enter_{preparation}"), "edit_note", sample.version,
        partial(_show, sample, part, preparation), width="large", name=f"{part.seq}_{preparation}",
        fill={"cells": cells, "grid": 0, "measured_at": dialogs.as_typed(clock.now())},
    )  # fmt: skip


def _typed(measured: MeasurementView) -> dict[str, str]:
    numbers = measured.values | {name: getattr(measured, name) for name in WEIGHTS}
    texts = {name: getattr(measured, name) or "" for name in TEXTS}
    return {name: f"{value:.10g}" for name, value in numbers.items() if value is not None} | texts


def _show(sample: SampleView, part: RoundView, preparation: str) -> None:
    cells: Cells = dialogs.value(FORM, "cells")
    st.caption(t("laboratory.how"))
    st.data_editor(
        _frame(sample, preparation, cells), key=_editor(), hide_index=True, height=420,
        disabled=[t("sample.measure"), t("laboratory.usual")], column_config=_columns(cells),
        alt=t("laboratory.sheet"),
    )  # fmt: skip
    _show_findings()
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        dialogs.ask_instant(FORM, "measured_at", t("laboratory.new_at"))
    with right:
        st.button(
            t("laboratory.more"), key=dialogs.key(FORM, "more"), icon=":material/add_column_right:", on_click=_more
        )  # fmt: skip
    dialogs.show_save(FORM, t("form.save"), partial(_save, sample, part, preparation))


def _frame(sample: SampleView, preparation: str, cells: Cells) -> pd.DataFrame:
    names = {
        t("sample.measure"): [_row_name(row) for row in ROWS],
        t("laboratory.usual"): [_usual(sample, preparation, row) for row in ROWS],
    }
    return pd.DataFrame(names | {n: [typed[row] for row in ROWS] for n, typed in cells.items()})


def _columns(cells: Cells) -> dict[str, Any]:
    """Narrow enough that a phone shows a replicate beside the names, which stay in sight."""
    replicates = {
        n: st.column_config.TextColumn(t("laboratory.replicate_n", n=n), alignment="right", width=100) for n in cells
    }
    names = st.column_config.TextColumn(pinned=True, width=150 if language() == "ko" else 225)
    return replicates | {t("sample.measure"): names}


def _row_name(row: str) -> str:
    return str(measures()[row][language()]) if row in measures() else t(f"laboratory.{row}")


def _usual(sample: SampleView, preparation: str, row: str) -> str:
    """Usual range and unit."""
    if row not in measures():
        return "g" if row in WEIGHTS else ""
    span, unit = usual_range(row, sample.species, preparation), measures()[row]["unit"]
    return " ".join(filter(None, [f"{span[0]:g} – {span[1]:g}" if span else "", unit]))


def _show_findings() -> None:
    """A sheet has no room beside a cell: what is wrong is listed under it, by measure and replicate."""
    if wrong := notices.findings(FORM):
        lines = [f"**{plain(_finding_name(field))}**: {plain(message)}" for field, message in wrong.items()]
        st.error("  \n".join(lines), icon=":material/error:")


def _finding_name(field: str) -> str:
    number, _, name = field.partition(".")
    return f"{t(f'laboratory.{name}')} ({number})" if name in WEIGHTS + TEXTS else field_name(field)


def _editor() -> str:
    """Another key for each new shape of the grid: what was typed until then has moved into its cells."""
    return dialogs.key(FORM, f"editor_{dialogs.value(FORM, 'grid')}")


def _now() -> Cells:
    """The cells as they are at this moment: what the grid was opened with, and what has been typed since."""
    cells: Cells = {n: dict(typed) for n, typed in dialogs.value(FORM, "cells").items()}
    edited = st.session_state.get(_editor(), {}).get("edited_rows", {})
    for index, changes in edited.items():
        for n, typed in changes.items():
            cells[n][ROWS[int(index)]] = (typed or "").strip()
    return cells


def _more() -> None:
    cells = _now()
    cells[str(len(cells) + 1)] = dict.fromkeys(ROWS, "")
    st.session_state[dialogs.key(FORM, "cells")] = cells
    st.session_state[dialogs.key(FORM, "grid")] += 1


def _save(sample: SampleView, part: RoundView, preparation: str) -> None:
    there = {str(m.replicate): m for m in part.measurements if m.preparation == preparation}
    filled = {n: typed for n, typed in _now().items() if any(typed.values())}
    removed = [measured.id for n, measured in there.items() if n not in filled]

    def write(version: int, confirmed: list[str]) -> object:
        sheet = {_id(n, there): _sent(n, typed, preparation, there.get(n)) for n, typed in filled.items()}
        new = _read(sheet, confirmed)
        return measurements.write_sheet(current_actor(), sample.id, part.seq, new, removed, version)

    dialogs.save(FORM, write, t("laboratory.saved"))


def _id(n: str, there: dict[str, MeasurementView]) -> UUID:
    """Of the replicate that is there, or one that saving this sheet twice does not change."""
    return there[n].id if n in there else uuid5(dialogs.opened(FORM).id, n)


def _sent(n: str, typed: dict[str, str], preparation: str, known: MeasurementView | None) -> dict[str, Any]:
    measured_at = known.measured_at if known else dialogs.instant(FORM, "measured_at")
    values = {row: _number(typed[row]) for row in measures() if typed[row]}
    own = {row: _number(typed[row]) for row in WEIGHTS if typed[row]} | {row: typed[row] or None for row in TEXTS}
    return {
        "preparation": preparation, "replicate": int(n), "values": values, "measured_at": measured_at, **own
    }  # fmt: skip


def _number(typed: str) -> str:
    """As programs read it: with a plain minus. A comma is not read: to some it is a point, to others thousands."""
    return typed.replace("−", "-")


def _read(sheet: dict[UUID, dict[str, Any]], confirmed: list[str]) -> dict[UUID, NewMeasurement]:
    """The sheet's columns as core takes them.

    Raises:
        BadInput: what cannot be read, by replicate.
    """
    new, wrong = {}, list[Finding]()
    for key, sent in sheet.items():
        prefix = f"{sent['replicate']}."
        said = [name.removeprefix(prefix) for name in confirmed if name.startswith(prefix)]
        try:
            new[key] = inputs.read(NewMeasurement, sent | {"confirmed_warnings": said})
        except BadInput as refusal:
            wrong += [Finding(prefix + found.field, found.code, found.values) for found in refusal.findings]
    if wrong:
        raise BadInput(*wrong)
    return new
