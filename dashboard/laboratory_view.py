"""Laboratory and electronic-tongue values of a round: replicates side by side, their mean, what follows from them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core import derived
from core.errors import Finding
from core.measurements import measures, usual_range
from core.samples import SampleView
from core.samples.views import MeasurementView, RoundView
from dashboard import notices
from dashboard.language import language, plain, t, when
from dashboard.values import field_name
from dashboard.widgets import empty, numbers

ABOVE, BELOW = "▲", "▼"
# What is computed -> unit and decimals.
DERIVED = {"chroma": ("", 2), "hue": ("°", 1), "proximate_sum": ("%", 1)}

Row = tuple[str, str, list[str]]  # name, unit, cells


def show_measurements(sample: SampleView, part: RoundView) -> None:
    if not part.measurements:
        empty("sample.no_measurements")
    lost = derived.loss(part.weight_before_g, part.weight_after_g)
    if lost is not None:
        weights = {"before": f"{part.weight_before_g:g}", "after": f"{part.weight_after_g:g}"}
        st.markdown(t("laboratory.aging_loss", loss=f"{lost:.1f}", **weights))
    for preparation in ("raw", "heated"):
        replicates = [m for m in part.measurements if m.preparation == preparation]
        if replicates:
            st.markdown(t(f"laboratory.of_{preparation}"))
            _show_table(sample, preparation, replicates)
            _show_remarks(replicates)


def _show_table(sample: SampleView, preparation: str, replicates: Sequence[MeasurementView]) -> None:
    keys = [key for key in measures() if any(key in m.values for m in replicates)]
    rows = [_measured(sample, preparation, key, [m.values.get(key) for m in replicates]) for key in keys]
    rows += _computed([m.values for m in replicates])
    columns = [t("sample.measure"), t("sample.unit")]
    columns += [t("laboratory.replicate_n", n=m.replicate) for m in replicates]
    if len(replicates) > 1:
        columns += [t("laboratory.mean"), t("laboratory.sd"), t("laboratory.cv")]
    cells = [[name, unit, *values] for name, unit, values in rows]
    numbers(dict(zip(columns, map(list, zip(*cells, strict=True)), strict=True)), names=2, width="content")
    if any(mark in cell for row in cells for cell in row for mark in (ABOVE, BELOW)):
        st.caption(t("laboratory.marks", above=ABOVE, below=BELOW))
    for key in keys:
        spread = derived.of_replicates([m.values[key] for m in replicates if key in m.values])
        if spread is not None and derived.disagree(key, spread):
            told = {"name": measures()[key][language()], "cv": f"{spread.cv:.0f}", "limit": derived.LARGEST_CV[key]}
            st.warning(t("laboratory.disagree", **told), icon=":material/warning:")


def _measured(sample: SampleView, preparation: str, key: str, values: Sequence[float | None]) -> Row:
    measure, span = measures()[key], usual_range(key, sample.species, preparation)
    cells = [_cell(value, measure["decimals"], span) for value in values]
    return measure[language()], measure["unit"] or "-", cells + _spread(values, measure["decimals"], span)


def _computed(replicates: Sequence[Mapping[str, float]]) -> list[Row]:
    """Chroma, hue and the sum of the proximate composition, where their parts are given."""
    rows = []
    for name, (unit, decimals) in DERIVED.items():
        values = [_derive(name, given) for given in replicates]
        if any(value is not None for value in values):
            span = derived.PROXIMATE_SUM if name == "proximate_sum" else None
            cells = [_cell(value, decimals, span) for value in values]
            # An angle has no mean of its own: 359 and 1 degree meet at 0.
            spread = ["-"] * 3 if len(values) > 1 else []
            spread = spread if name == "hue" else _spread(values, decimals, span)
            rows.append((t(f"laboratory.{name}"), unit or "-", cells + spread))
    return rows


def _derive(name: str, given: Mapping[str, float]) -> float | None:
    if name == "proximate_sum":
        return derived.proximate_sum(given)
    if "a_star" not in given or "b_star" not in given:
        return None
    return (derived.chroma if name == "chroma" else derived.hue)(given["a_star"], given["b_star"])


def _spread(values: Sequence[float | None], decimals: int, span: tuple[float, float] | None) -> list[str]:
    """Mean, standard deviation and coefficient of variation, where there are replicates."""
    if len(values) < 2:
        return []
    found = derived.of_replicates([value for value in values if value is not None])
    if found is None:
        return ["-"] * 3
    cv = "-" if found.cv is None else f"{found.cv:.1f}"
    return [_cell(found.mean, decimals, span), _cell(found.sd, decimals, None), cv]


def _cell(value: float | None, decimals: int, span: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    mark = "" if span is None or span[0] <= value <= span[1] else f"{ABOVE if value > span[1] else BELOW} "
    return f"{mark}{value:.{decimals}f}"


def _show_remarks(replicates: Sequence[MeasurementView]) -> None:
    """Who measured when with what, the note, and what was unusual and confirmed."""
    for measured in replicates:
        said = [
            t("laboratory.replicate_n", n=measured.replicate), measured.measured_by, when(measured.measured_at),
            *filter(None, [measured.instrument, measured.cathepsin_unit and f"{t('laboratory.cathepsin_unit')}: "
            f"{measured.cathepsin_unit}"]),
        ]  # fmt: skip
        if measured.cook_before_g and measured.cook_after_g:
            said.append(f"{measured.cook_before_g:g} → {measured.cook_after_g:g} g")
        st.caption(plain(" · ".join(said)))
        if measured.note:
            st.text(measured.note)
        show_confirmed(measured.warnings)


def show_confirmed(warnings: Sequence[Mapping[str, object]]) -> None:
    """What looked unusual when it was written, and was confirmed."""
    for warning in warnings:
        finding = Finding(str(warning["field"]), str(warning["code"]), dict(warning["values"]))  # type: ignore[call-overload]
        said = f"{field_name(finding.field)}: {notices.describe(finding)}"
        st.caption(f":material/warning: {plain(said)} {t('sample.confirmed')}")
