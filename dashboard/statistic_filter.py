"""The filter bar of statistics: the same on each of their pages, all of it in the address, and kept under names."""

from typing import Any, get_args

import streamlit as st

from core import regions
from core.policy import Actor
from core.samples.lists import UNKNOWN
from core.statistics.filters import MAY_LACK, Period, StatisticsFilter
from dashboard import filters
from dashboard.language import t
from dashboard.sample_filter import names_of, of_species, secondary_cuts
from dashboard.view_menu import saved_view_menu
from dashboard.widgets import known_catalogue

NAMES = tuple(StatisticsFilter.model_fields)
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


def _days() -> dict[str, Any]:
    names = {key: t(f"statistics.period_{key}") for key in get_args(Period)}
    return {
        "period": filters.choose("period", t("statistics.period"), names, none=names["slaughtered"]),
        "first": filters.pick_day("first", t("statistics.first")),
        "last": filters.pick_day("last", t("statistics.last")),
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
