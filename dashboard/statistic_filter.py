"""The filter bar of statistics: the same on each of their pages, all of it in the address, and kept under names."""

from typing import Any, get_args

import streamlit as st

from core import regions, words
from core.policy import Actor
from core.samples.lists import UNKNOWN
from core.statistics import wording
from core.statistics.filters import CHOICES, MAY_LACK, Period, StatisticsFilter
from dashboard import filters
from dashboard.language import language, t
from dashboard.sample_filter import names_of, of_species, secondary_cuts
from dashboard.values import field_name
from dashboard.view_menu import saved_view_menu
from dashboard.widgets import known_catalogue

NAMES = tuple(StatisticsFilter.model_fields)
WIDTH = 170  # pixels that a day needs with the signs beside it; two of them fit beside each other on a phone
# field of the filter -> what it is called in the address of the list of samples
IN_LIST = {
    "species": "species", "primal_cut": "cut", "secondary_cut": "secondary_cut", "grade": "grade", "sex": "sex",
    "breed": "breed", "province": "province",
}  # fmt: skip
# what a sample has or lacks -> what the list calls it
PARTS_IN_LIST = {"photo": "photo", "has_heated_scores": "heated", "has_laboratory": "laboratory", "rounds": "rounds"}
DAYS_IN_LIST = {
    "slaughtered": ("from", "to"), "received": ("received_from", "received_to"),
    "submitted": ("submitted_from", "submitted_to"),
}  # fmt: skip

# field -> what it is called where the view has no word of its own for it
FIELDS = {
    "period": "statistics.period", "first": "statistics.first", "last": "statistics.last", "status": "samples.status",
    "processing": "statistics.processing_of", "round": "statistics.round", "preparation": "photo.preparation",
    "scale": "evaluation.scale", "has": "samples.has", "lacks": "samples.missing", "attribute": "column.attribute",
}  # fmt: skip
# field -> what kind of key it has; those of the others are fields themselves
KINDS = CHOICES | {
    "processing": "processing", "attribute": "attribute", "measure": "attribute", "variables": "attribute",
    "x": "attribute", "y": "attribute", "response": "attribute",
}  # fmt: skip


def choose_filter(actor: Actor) -> dict[str, Any]:
    """Draws the bar; what of the filter is set, by the names of core.statistics.StatisticsFilter."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="statistic_filter"):
        species = filters.species()
        wanted: dict[str, Any] = {"species": species} | _days()
        with st.popover(_label(), icon=":material/tune:", key="statistic_others"):
            wanted |= _others(species)
        if any(name in st.query_params for name in NAMES):
            st.button(t("samples.clear"), key="statistic_clear", icon=":material/filter_alt_off:", on_click=_clear)
        saved_view_menu(actor, "statistics")
    return {name: value for name, value in wanted.items() if value is not None}


def list_query(wanted: StatisticsFilter) -> dict[str, str] | None:
    """The same samples as the address of the list says them; None where it cannot."""
    query = {IN_LIST[name]: str(key) for name in IN_LIST if (key := getattr(wanted, name)) is not None}
    if UNKNOWN in [key for name, key in query.items() if name != "province"] or wanted.bms is not None:
        return None
    if wanted.rounds or wanted.province in regions.units():
        return None
    if (parts := _parts_in_list(wanted)) is None:
        return None
    query |= parts
    if wanted.status != "all":
        query["status"] = wanted.status
    if wanted.first or wanted.last:
        if wanted.period not in DAYS_IN_LIST:
            return None
        days = zip(DAYS_IN_LIST[wanted.period], (wanted.first, wanted.last), strict=True)
        query |= {name: day.isoformat() for name, day in days if day}
    return query


def _parts_in_list(wanted: StatisticsFilter) -> dict[str, str] | None:
    """What the samples have and lack, as the list says it: one thing of each, or None where there are more."""
    has = {wanted.has, "rounds" if wanted.processing == "processed" else None} - {None}
    lacks = {wanted.lacks, "rounds" if wanted.processing == "fresh" or wanted.rounds == 0 else None} - {None}
    if max(len(has), len(lacks)) > 1 or not has | lacks <= set(PARTS_IN_LIST):
        return None
    return {name: PARTS_IN_LIST[str(what)] for name, of in (("has", has), ("missing", lacks)) for what in of}


def told(view: str, wanted: StatisticsFilter) -> list[tuple[str, str]]:
    """What of a view's query is set, as people read it: names of fields, and what is chosen."""
    chosen = {name: value for name, value in wanted.model_dump(exclude_none=True).items() if value not in ((), False)}
    several = {name: value if isinstance(value, tuple) else (value,) for name, value in chosen.items()}
    return [
        (_field(view, name), ", ".join(_choice(view, name, value, wanted.species) for value in values))
        for name, values in several.items()
    ]


def _field(view: str, name: str) -> str:
    own = next((key for key in (f"{view}.{name}", FIELDS.get(name, "")) if words.has(key)), None)
    return t(own) if own else field_name(name)


def _choice(view: str, name: str, value: Any, species: str | None) -> str:
    if name == "rounds":
        return t("statistics.rounds_n", n=value)
    if name == "round" and value.isdecimal():
        return t("statistics.round_n", n=int(value))
    if not isinstance(value, str):
        return t("samples.yes") if value is True else str(value)
    if name in KINDS or value == UNKNOWN:
        return wording.name(language(), known_catalogue(), KINDS.get(name, "field"), value, species)
    keys = (f"{view}.{name}_{value}", f"statistics.{name}_{value}", f"{name}.{value}")
    own = next((key for key in keys if words.has(key)), None)
    return t(own) if own else _field(view, value)


def _days() -> dict[str, Any]:
    names = {key: t(f"statistics.period_{key}") for key in get_args(Period)}
    return {
        "period": filters.choose("period", t("statistics.period"), names, none=names["slaughtered"], width=WIDTH),
        "first": filters.pick_day("first", t("statistics.first"), width=WIDTH),
        "last": filters.pick_day("last", t("statistics.last"), width=WIDTH),
    }


def _others(species: str | None) -> dict[str, Any]:
    left, right = st.columns(2)
    known = known_catalogue()
    with left:
        primal = filters.choose("primal_cut", t("sample.primal_cut"), of_species("primal_cuts", species))
        grade = _choose_known("grade", of_species("grades", species))
        breed = _choose_known("breed", of_species("breeds", species))
        rounds = {"raw": t("statistics.round_raw"), "processed": t("statistics.round_processed")}
        rounds |= {str(n): t("statistics.round_n", n=n) for n in range(1, 11)}
        kinds = {key: t(f"statistics.processing.{key}") for key in ("fresh", "processed")}
        processing = filters.choose("processing", t("statistics.processing_of"), kinds)
        of_round = filters.choose("round", t("statistics.round"), rounds)
        scale = filters.choose(
            "scale", t("evaluation.scale"), names_of(known.scales), none=t("statistics.scale_of_most")
        )
    with right:
        secondary = filters.choose("secondary_cut", t("sample.secondary_cut"), secondary_cuts(species, primal))
        sex = _choose_known("sex", names_of(known.sexes))
        province = _choose_known("province", names_of(known.provinces))
        preparations = {key: t(f"preparation.{key}") for key in ("raw", "heated")}
        preparation = filters.choose("preparation", t("photo.preparation"), preparations)
        statuses = {key: t(f"status.{key}") for key in filters.STATUSES} | {"all": t("statistics.status_all")}
        status = filters.choose("status", t("samples.status"), statuses, none=statuses["approved"])
    return {
        "primal_cut": primal, "secondary_cut": secondary, "grade": grade, "sex": sex, "breed": breed,
        "province": province, "processing": processing, "round": of_round, "preparation": preparation, "scale": scale,
        "status": status,
    }  # fmt: skip


def _choose_known(name: str, names: dict[str, str]) -> str | None:
    unknown = {UNKNOWN: t("statistics.unknown")} if name in MAY_LACK else {}
    return filters.choose(name, t(f"sample.{name}"), names | unknown)


def _label() -> str:
    count = sum(name in st.query_params for name in NAMES if name not in ("species", "period", "first", "last"))
    return t("samples.filters_n", n=count) if count else t("samples.filters")


def _clear() -> None:
    for name in NAMES:
        st.query_params.pop(name, None)
