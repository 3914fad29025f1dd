"""The fields of a sample as a form: what registering and editing ask alike.

`prefix` tells the forms of one person apart; findings and warnings are those of `notices.attempt(..., form=prefix)`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from core import clock, regions
from core.catalogue import Entry
from core.samples import FreshSample
from core.tables.samples import RAW_SCORES
from dashboard import notices
from dashboard.language import language, t
from dashboard.values import value_text
from dashboard.widgets import known_catalogue, name_of

CHOICES = ("species", "primal_cut", "secondary_cut", "sex", "breed", "grade")
DAYS = ("slaughtered_on", "graded_on", "born_on")
TEXTS = ("trace_number", "farm_address", "farmer_name")
CARCASS = ("carcass_weight_kg", "backfat_mm", "ribeye_area_cm2")
FIELDS = (*TEXTS, *CHOICES, *DAYS, "bms", *CARCASS)
EARLIEST = date(1970, 1, 1)  # left out, the calendar would begin ten years ago
SCALE = "1-10"
NOT_SCORED = "-"

Changed = Callable[[], None] | None


def key(prefix: str, field: str) -> str:
    return f"{prefix}_{field}"


def value(prefix: str, field: str) -> Any:
    return st.session_state.get(key(prefix, field))


def values(prefix: str) -> dict[str, Any]:
    """All that the form holds, as JSON has it and `NewSample` takes it; None for what is empty."""
    held = {field: _plain(value(prefix, field)) for field in FIELDS}
    scores = {name: score for name in RAW_SCORES if (score := value(prefix, name)) not in (None, NOT_SCORED)}
    return held | {"scores": {"scale": scale(prefix)} | scores if scores else None}


def fill(prefix: str, given: Mapping[str, Any]) -> None:
    """Puts values as `values` gives them into the form, before it is shown; fields that are not given stay."""
    for field in FIELDS:
        if field in given:
            st.session_state[key(prefix, field)] = _as_typed(field, given[field])
    scores = given.get("scores") or {}
    for name in ("scale", *RAW_SCORES):
        if name in scores:
            st.session_state[key(prefix, name)] = scores[name]


def clear(prefix: str) -> None:
    """Forgets all that was typed, and what was said of it."""
    held = [field for field in FIELDS if key(prefix, field) in st.session_state]
    for name in [name for name in st.session_state if str(name).startswith(key(prefix, ""))]:
        del st.session_state[name]
    # A field that is merely forgotten keeps in the browser what stands in it.
    fill(prefix, dict.fromkeys(held) | {"scores": dict.fromkeys(RAW_SCORES, NOT_SCORED)})
    notices.clear(prefix)


def scale(prefix: str) -> str:
    """The scale that the scores are on: that of the scores which were filled in, else the usual one."""
    return value(prefix, "scale") or SCALE


def show(prefix: str, registry: Mapping[str, Any] | None = None, changed: Changed = None) -> None:
    """All fields: `registry` has what the registry says of them, `changed` is called after each change."""
    show_number(prefix, changed)
    show_animal(prefix, registry, changed)
    show_scores(prefix, changed)


def show_number(prefix: str, changed: Changed = None) -> None:
    _write(prefix, "trace_number", {}, changed, placeholder="002123456789", help=t("register.trace_help"))


def show_animal(prefix: str, registry: Mapping[str, Any] | None = None, changed: Changed = None) -> None:
    """All fields of the animal but its number."""
    known, told = known_catalogue(), registry or {}
    species, primal = value(prefix, "species"), value(prefix, "primal_cut")
    left, right = st.columns(2)
    with left:
        _choose(prefix, "species", known.species, told, changed)
        species = value(prefix, "species")
        _choose(prefix, "primal_cut", known.under("primal_cuts", species), told, changed)
        primal = value(prefix, "primal_cut")
        _choose(prefix, "secondary_cut", known.under("secondary_cuts", species, primal or "-"), told, changed)
        _choose(prefix, "sex", known.sexes, told, changed)
        _choose(prefix, "breed", known.under("breeds", species), told, changed)
        _choose(prefix, "grade", known.under("grades", species), told, changed)
    with right:
        if species == "cattle":
            _number(prefix, "bms", told, changed, min_value=1, max_value=9, step=1, help=t("register.bms_help"))
        for field in DAYS:
            _pick_day(prefix, field, told, changed)
        _write(prefix, "farm_address", told, changed, placeholder=t("register.address_hint"))
        _show_region(prefix)
        _write(prefix, "farmer_name", told, changed)
    _show_carcass(prefix, told, changed)


def show_scores(prefix: str, changed: Changed = None) -> None:
    """The five scores of the raw cross-section, each on the scale that the form has."""
    found = known_catalogue().find("scales", scale(prefix))
    if found is None:
        raise LookupError(scale(prefix))
    st.caption(t("register.scores_help", scale=found.name(language())))
    score_sliders(RAW_SCORES, found, partial(key, prefix), lambda name: mend(prefix, f"scores.{name}"), changed)


def score_sliders(
    names: Iterable[str], scale: Entry, key_of: Callable[[str], str], say: Callable[[str], None],
    changed: Changed = None,
) -> None:  # fmt: skip
    """One slider an attribute over the steps of a scale; `say` tells under each what is wrong with it."""
    low, step = scale.minimum or 0.0, scale.step or 1.0
    steps = round(((scale.maximum or 0.0) - low) / step) + 1
    options = [NOT_SCORED, *(round(low + n * step, 6) for n in range(steps))]
    for name in names:
        if st.session_state.get(key_of(name)) not in options:
            st.session_state[key_of(name)] = NOT_SCORED
        st.select_slider(
            f"**{t(f'score.{name}')}** ({t(f'anchor.{name}')})", options, key=key_of(name), format_func=_score_text,
            persist_state="session", on_change=changed or "rerun",
        )  # fmt: skip
        say(name)


def mend(prefix: str, field: str) -> None:
    """What is wrong with a field, right under it."""
    if message := notices.findings(prefix).get(field):
        st.error(message, icon=":material/error:")


def _choose(
    prefix: str, field: str, entries: Iterable[Entry], registry: Mapping[str, Any], changed: Changed
) -> None:  # fmt: skip
    """One choice of the catalogue; what is no longer offered (another species, say) is forgotten."""
    names = {entry.key: entry.name(language()) for entry in entries}
    if value(prefix, field) not in names:
        st.session_state[key(prefix, field)] = None
    st.selectbox(
        _label(prefix, field, registry), list(names), index=None, format_func=names.__getitem__,
        key=key(prefix, field), placeholder=t("form.choose"), persist_state="session", on_change=changed or "rerun",
    )  # fmt: skip
    _say(prefix, field, registry)


def _pick_day(prefix: str, field: str, registry: Mapping[str, Any], changed: Changed) -> None:
    st.date_input(
        _label(prefix, field, registry), None, key=key(prefix, field), min_value=EARLIEST, max_value=clock.today(),
        format="YYYY-MM-DD", persist_state="session", on_change=changed or "rerun",
    )  # fmt: skip
    _say(prefix, field, registry)


def _write(prefix: str, field: str, registry: Mapping[str, Any], changed: Changed, **options: Any) -> None:
    st.text_input(
        _label(prefix, field, registry), key=key(prefix, field), persist_state="session",
        on_change=changed or "rerun", **options,
    )  # fmt: skip
    _say(prefix, field, registry)


def _number(prefix: str, field: str, registry: Mapping[str, Any], changed: Changed, **options: Any) -> None:
    st.number_input(
        _label(prefix, field, registry), value=None, key=key(prefix, field), persist_state="session",
        on_change=changed or "rerun", **options,
    )  # fmt: skip
    _say(prefix, field, registry)


def _show_carcass(prefix: str, registry: Mapping[str, Any], changed: Changed) -> None:
    told = notices.findings(prefix)
    wanted = any(value(prefix, field) is not None or field in told for field in CARCASS)
    with st.expander(t("register.carcass"), expanded=wanted):
        for column, field in zip(st.columns(len(CARCASS)), CARCASS, strict=True):
            with column:
                _number(prefix, field, registry, changed, min_value=0.0, step=1.0, format="%.1f")


def _show_region(prefix: str) -> None:
    """Province and city as the address tells them; unknown is said, not hidden."""
    address = value(prefix, "farm_address")
    if not (address or "").strip():
        return
    province, city = regions.locate(address)
    if province is None:
        st.caption(f":material/wrong_location: {t('sample.no_region')}")
    else:
        st.caption(f":material/location_on: {' · '.join(filter(None, [name_of('provinces', province), city]))}")


def _label(prefix: str, field: str, registry: Mapping[str, Any]) -> str:
    """What the field is called, with a star if it must be filled in and a mark if the registry says the same."""
    name = t(f"sample.{field}")
    if FreshSample.model_fields[field].is_required():
        name += " *"
    if registry.get(field) is not None and registry[field] == _plain(value(prefix, field)):
        name += f" :green-badge[:material/verified: {t('register.from_registry')}]"
    return name


def _say(prefix: str, field: str, registry: Mapping[str, Any]) -> None:
    """Under a field: what is wrong with it, and what the registry says where the form says otherwise."""
    mend(prefix, field)
    told = registry.get(field)
    if told is not None and told != _plain(value(prefix, field)):
        said = value_text(field, told, value(prefix, "species"))
        st.caption(f":material/info: {t('register.registry_says', value=said)}")


def _score_text(score: Any) -> str:
    return score if score == NOT_SCORED else f"{score:g}"


def _plain(entry: Any) -> Any:
    if isinstance(entry, str):
        return entry.strip() or None
    return entry.isoformat() if isinstance(entry, date) else entry


def _as_typed(field: str, entry: Any) -> Any:
    """As the field's widget holds it."""
    if field in TEXTS:
        return entry or ""
    if field in DAYS and isinstance(entry, str):
        return date.fromisoformat(entry)
    return float(entry) if field in CARCASS and entry is not None else entry
