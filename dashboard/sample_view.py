"""Parts of a sample as pages show them: photo, facts, scores, measurements."""

from typing import Any

import streamlit as st

from core import ids
from core.measurements import measures
from core.samples import SampleView
from core.samples.views import RoundView
from core.tables.samples import SCORES
from dashboard.language import day, language, t, when
from dashboard.widgets import cut_name, empty, facts, name_of, numbers, photo


def show_photo(sample: SampleView, part: RoundView, preparation: str = "raw") -> None:
    """The largest thing on a page about a sample."""
    stored = part.photo(preparation)
    if stored is None:
        awaited = any(p.preparation == preparation and p.state == "awaiting" for p in part.photos)
        empty("sample.photo_awaited" if awaited else "sample.no_photo")
        return
    photo(stored.id, t("sample.photo_alt", cut=cut_name(sample)))
    size = f"{stored.width} × {stored.height} px"
    st.caption(f"{size} · {t('sample.generated_caption')}" if sample.source == "generated" else size)


def show_facts(sample: SampleView) -> None:
    facts(
        {
            t("sample.id"): ids.pretty(sample.id),
            t("sample.trace_number"): f"{sample.trace_number} ({t(f'trace.{sample.trace_kind}')})",
            t("sample.cut"): cut_name(sample),
            t("sample.breed"): name_of("breeds", sample.breed, sample.species),
            t("sample.sex"): name_of("sexes", sample.sex),
            t("sample.grade"): name_of("grades", sample.grade, sample.species),
            t("sample.bms"): sample.bms,
            t("sample.graded_on"): day(sample.graded_on),
            t("sample.slaughtered_on"): day(sample.slaughtered_on),
            t("sample.born_on"): day(sample.born_on),
            t("sample.province"): name_of("provinces", sample.province) if sample.province else t("sample.no_region"),
            t("sample.city"): sample.city,
            t("sample.farm_address"): sample.farm_address,
            t("sample.farmer_name"): sample.farmer_name,
            t("sample.created_by"): sample.created_by,
            t("sample.received_at"): when(sample.received_at),
            t("sample.source"): t(f"source.{sample.source}"),
        }
    )


def show_scores(part: RoundView, preparation: str) -> None:
    """Each person's scores, one column a person; the scale stands with them."""
    evaluations = [e for e in part.evaluations if e.preparation == preparation]
    if not evaluations:
        empty("sample.no_scores")
        return
    names = [name for name in SCORES[preparation] if any(name in e.scores for e in evaluations)]
    table: dict[str, Any] = {t("sample.attribute"): [t(f"score.{name}") for name in names]}
    for evaluation in evaluations:
        label = f"{evaluation.evaluator} ({evaluation.scale})"
        table[_unused(label, table)] = [
            f"{s:.1f}" if (s := evaluation.scores.get(name)) is not None else "-" for name in names
        ]
    numbers(table)


def show_measurements(part: RoundView) -> None:
    """Laboratory and electronic-tongue values with units, one column a preparation and replicate."""
    if not part.measurements:
        empty("sample.no_measurements")
        return
    keys = [key for key in measures() if any(key in m.values for m in part.measurements)]
    table: dict[str, Any] = {
        t("sample.measure"): [measures()[key][language()] for key in keys],
        t("sample.unit"): [measures()[key]["unit"] or "-" for key in keys],
    }
    for measured in part.measurements:
        label = f"{t(f'preparation.{measured.preparation}')} {measured.replicate}"
        table[_unused(label, table)] = [_number(key, measured.values.get(key)) for key in keys]
    numbers(table, names=2)


def _unused(label: str, table: dict[str, Any]) -> str:
    """Two people may have one name: each keeps a column."""
    return label if label not in table else next(n for i in range(2, 100) if (n := f"{label} #{i}") not in table)


def _number(key: str, value: float | None) -> str:
    return "-" if value is None else f"{value:.{measures()[key]['decimals']}f}"
