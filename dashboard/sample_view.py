"""Parts of a sample as pages show them: photo, facts, scores, what the registry says, who decided what."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import derived, ids, samples
from core.errors import NotFound
from core.samples import SampleView
from core.samples.views import EvaluationView, RoundView
from core.tables.samples import SCORES
from dashboard.laboratory_view import show_confirmed
from dashboard.language import day, plain, t, when
from dashboard.session import current_actor
from dashboard.trace_view import show_record
from dashboard.widgets import cut_name, empty, facts, name_of, numbers, photo


def find_sample() -> SampleView | None:
    """The sample that the address names, if there is one that the person may see."""
    sample_id = ids.parse(st.query_params.get("id", ""))
    try:
        return samples.get(current_actor(), sample_id) if sample_id else None
    except NotFound:
        return None


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
            **_carcass(sample),
            t("sample.province"): name_of("provinces", sample.province) if sample.province else t("sample.no_region"),
            t("sample.city"): sample.city,
            t("sample.farm_address"): sample.farm_address,
            t("sample.farmer_name"): sample.farmer_name,
            t("sample.created_by"): sample.created_by,
            t("sample.received_at"): when(sample.received_at),
            t("sample.source"): t(f"source.{sample.source}"),
        }
    )
    show_confirmed(sample.warnings)


def _carcass(sample: SampleView) -> dict[str, Any]:
    """The carcass, where somebody has its figures, and the yield that follows from them."""
    given = {"carcass_weight_kg": "kg", "backfat_mm": "mm", "ribeye_area_cm2": "cm²"}
    found = {
        t(f"sample.{name}"): f"{value:g} {unit}"
        for name, unit in given.items()
        if (value := getattr(sample, name)) is not None
    }
    names = (*given, "sex", "breed", "graded_on")
    if sample.species == "cattle" and (yields := derived.beef_yield(**{name: getattr(sample, name) for name in names})):
        found[t("sample.yield")] = t("sample.yield_value", grade=yields.grade, index=f"{yields.index:.2f}")
    return found


def show_scores(part: RoundView, preparation: str) -> None:
    """Each person's scores, one column a person, and the mean of those on one scale and day."""
    evaluations = [e for e in part.evaluations if e.preparation == preparation]
    if not evaluations:
        empty("sample.no_scores")
        return
    names = [name for name in SCORES[preparation] if any(name in e.scores for e in evaluations)]
    table: dict[str, Any] = {t("sample.attribute"): [t(f"score.{name}") for name in names]}
    for label, alike in _means(evaluations).items():
        table[label] = [_mean([e.scores[name] for e in alike if name in e.scores]) for name in names]
    for evaluation in evaluations:
        table[_unused(evaluation_label(evaluation), table)] = [
            f"{s:.1f}" if (s := evaluation.scores.get(name)) is not None else "-" for name in names
        ]
    numbers(table, width="content")
    for evaluation in evaluations:
        show_confirmed(evaluation.warnings)


def evaluation_label(evaluation: EvaluationView) -> str:
    """Whose scores, on which scale; the day and the replicate where they are not the first."""
    who = evaluation.panelist or evaluation.evaluator
    said = [f"{who} ({evaluation.scale})"]
    if evaluation.day:
        said.append(t("evaluation.day_n", n=evaluation.day))
    if evaluation.replicate > 1:
        said.append(f"#{evaluation.replicate}")
    return " · ".join(said)


def _means(evaluations: Sequence[EvaluationView]) -> dict[str, list[EvaluationView]]:
    """Those that may be averaged, by what the mean is called: one scale, one day, at least two."""
    groups: dict[tuple[str, int], list[EvaluationView]] = {}
    for evaluation in evaluations:
        groups.setdefault((evaluation.scale, evaluation.day), []).append(evaluation)
    named = {}
    for (scale, on), alike in groups.items():
        if len(alike) > 1:
            label = t("evaluation.mean", n=len(alike), scale=scale)
            named[f"{label} · {t('evaluation.day_n', n=on)}" if on else label] = alike
    return named


def _mean(scores: Sequence[float]) -> str:
    found = derived.of_replicates(scores)
    if found is None:
        return "-"
    return f"{found.mean:.2f}" if found.sd is None else f"{found.mean:.2f} ± {found.sd:.2f}"


def _unused(label: str, table: dict[str, Any]) -> str:
    """Two people may have one name: each keeps a column."""
    return label if label not in table else next(n for i in range(2, 1000) if (n := f"{label} #{i}") not in table)


def show_rounds(sample: SampleView) -> None:
    """How it was processed: one row a round, minutes added up, weight lost."""
    processed = sample.rounds[1:]
    columns: dict[str, list[str]] = {
        t("sample.round"): [str(part.seq) for part in processed],
        t("round.method"): [t(f"method.{part.method}") for part in processed],
        t("round.started_at"): [when(part.started_at) for part in processed],
        t("round.minutes"): [f"{part.minutes or 0:,}" for part in processed],
        t("round.minutes_so_far"): [f"{sum(p.minutes or 0 for p in processed[:n]):,}" for n in _counts(processed)],
        "°C": [_given(part.temperature_c) for part in processed],
        "MPa": [_given(part.pressure_mpa) for part in processed],
        "kHz": [_given(part.frequency_khz) for part in processed],
        t("round.loss"): [_lost(part) for part in processed],
    }
    numbers(columns, names=3, width="content")
    for part in processed:
        show_confirmed(part.warnings)


def _counts(rows: Sequence[object]) -> range:
    return range(1, len(rows) + 1)


def _given(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _lost(part: RoundView) -> str:
    lost = derived.loss(part.weight_before_g, part.weight_after_g)
    return "-" if lost is None else f"{lost:.1f}"


def show_trace(sample: SampleView) -> None:
    """What the registry said when the sample was recorded."""
    if not sample.trace_verified:
        st.warning(t("sample.trace_not_verified"), icon=":material/gpp_maybe:")
    if sample.registry_record:
        show_record(sample.registry_record, t("sample.trace_verified"))


def show_review(sample: SampleView) -> None:
    """The last decision on it."""
    review = sample.last_review
    if review is None:
        return
    st.markdown(f"**{t(f'status.{review.decision}')}** · {plain(review.reviewed_by)} · {when(review.reviewed_at)}")
    if review.reason:
        st.markdown(f"**{name_of('reject_reasons', review.reason)}**")
        st.text(review.text or "")
