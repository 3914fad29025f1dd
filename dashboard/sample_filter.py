"""The filter bar of samples: the common filters in sight, the others one click away, all of them in the address."""

from collections.abc import Iterable
from typing import get_args

import streamlit as st

from core import samples
from core.catalogue import Entry
from core.policy import Actor, rule
from core.samples import SampleFilter
from core.samples.lists import ME, UNKNOWN, Part
from dashboard import filters
from dashboard.language import language, t
from dashboard.widgets import known_catalogue

# What the filters are called in the address.
COMMON = ("q", "status", "species", "province")
OTHERS = (
    "owner", "cut", "secondary_cut", "grade", "sex", "breed", "from", "to", "received_from", "received_to",
    "submitted_from", "submitted_to", "has", "missing",
)  # fmt: skip

NAMES = (*COMMON, *OTHERS)


def choose_filter(actor: Actor, *, is_narrow: bool = False, with_order: bool = True) -> tuple[SampleFilter, str | None]:
    """Draws the bar: what the list is narrowed to, and its order where one is chosen. On a phone only the search
    stays in sight.
    """
    wanted: dict[str, object] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted["q"] = filters.write("q", t("samples.search"), t("samples.search_hint"))
        with st.popover(_others_label(is_narrow), icon=":material/tune:", key="samples_others"):
            if is_narrow:
                wanted |= _common()
            others = st.container()
        if any(name in st.query_params for name in NAMES):
            st.button(t("samples.clear"), key="samples_clear", icon=":material/filter_alt_off:", on_click=clear)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        if not is_narrow:
            wanted |= _common()
    with others:
        wanted |= _others(actor, wanted["species"])
    narrowed = SampleFilter.model_validate(wanted)
    with bar:
        return narrowed, _order(narrowed) if with_order else None


def _order(narrowed: SampleFilter) -> str | None:
    """None is the order that fits the filter."""
    names = {
        "-received_at": t("samples.newest"), "received_at": t("samples.oldest"),
        "-slaughtered_on": t("samples.slaughtered_last"), "slaughtered_on": t("samples.slaughtered_first"),
        "-submitted_at": t("samples.submitted_last"), "submitted_at": t("samples.submitted_first"),
        "-grade": t("samples.best_grade"), "grade": t("samples.lowest_grade"),
        "-updated_at": t("samples.changed_last"), "updated_at": t("samples.changed_first"),
    }  # fmt: skip
    return filters.choose("sort", t("samples.sort"), names, none=names[narrowed.natural_order()])


def clear() -> None:
    for name in (*NAMES, filters.CURSOR):
        st.query_params.pop(name, None)


def _others_label(is_narrow: bool) -> str:
    """Says how many of the filters behind it are set."""
    count = sum(name in st.query_params for name in (*COMMON[1:] * is_narrow, *OTHERS))
    return t("samples.filters_n", n=count) if count else t("samples.filters")


def _common() -> dict[str, object]:
    provinces = {entry.key: entry.name(language()) for entry in known_catalogue().provinces}
    return {
        "status": filters.status(),
        "species": filters.species(),
        "province": filters.choose(
            "province", t("sample.province"), provinces | {UNKNOWN: t("sample.no_region")}
        ),
    }  # fmt: skip


def _others(actor: Actor, species: object) -> dict[str, object]:
    left, right = st.columns(2)
    with left:
        primal = filters.choose("cut", t("sample.primal_cut"), of_species("primal_cuts", species))
        grade = filters.choose("grade", t("sample.grade"), of_species("grades", species))
        breed = filters.choose("breed", t("sample.breed"), of_species("breeds", species))
    with right:
        secondary = filters.choose("secondary_cut", t("sample.secondary_cut"), secondary_cuts(species, primal))
        sex = filters.choose("sex", t("sample.sex"), names_of(known_catalogue().sexes))
        owner = _owner(actor)
    chosen = {"primal_cut": primal, "secondary_cut": secondary, "grade": grade, "sex": sex, "breed": breed}
    return chosen | {"owner": owner} | _days() | _parts()


def _days() -> dict[str, object]:
    """From and to, for each of the three days that matter."""
    days: dict[str, object] = {}
    for field, prefix, label in (
        ("slaughtered", "", t("sample.slaughtered_on")),
        ("received", "received_", t("sample.received_at")),
        ("submitted", "submitted_", t("samples.submitted_at")),
    ):
        left, right = st.columns(2)
        with left:
            days[f"{field}_from"] = filters.pick_day(f"{prefix}from", t("samples.from", what=label))
        with right:
            days[f"{field}_to"] = filters.pick_day(f"{prefix}to", t("samples.to", what=label))
    return days


def _parts() -> dict[str, object]:
    """What there is of a sample, and what is not."""
    words = {
        "photo": t("sample.photo"), "heated": t("samples.heated"), "laboratory": t("samples.laboratory"),
        "rounds": t("sample.rounds"),
    }  # fmt: skip
    names = {part: words[part] for part in get_args(Part)}
    return {
        "has": filters.choose_many("has", t("samples.has"), names),
        "missing": filters.choose_many("missing", t("samples.missing"), names),
    }


def _owner(actor: Actor) -> str | None:
    """One's own, or one person's; nobody but staff sees the samples of others."""
    names = {ME: t("samples.mine")}
    if rule(actor.role, "sample.view") == "any":
        names |= {str(key): name for key, name in samples.authors(actor) if key != actor.id}
    return filters.choose("owner", t("sample.created_by"), names)


def of_species(kind: str, species: object) -> dict[str, str]:
    """The entries of one species; of all, where none is chosen."""
    entries: tuple[Entry, ...] = getattr(known_catalogue(), kind)
    return names_of(entry for entry in entries if species in (None, entry.species))


def secondary_cuts(species: object, primal: str | None) -> dict[str, str]:
    entries = known_catalogue().secondary_cuts
    return names_of(
        entry for entry in entries if species in (None, entry.species) and primal in (None, entry.primal)
    )  # fmt: skip


def names_of(entries: Iterable[Entry]) -> dict[str, str]:
    return {entry.key: entry.name(language()) for entry in entries}
