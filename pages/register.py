"""Register: a fresh sample in three steps on one page: the animal, its photo, its scores."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from core import clock, ids
from core.catalogue import Entry
from core.samples import FreshSample
from core.tables.samples import RAW_SCORES
from dashboard import notices, registration, stored_photos
from dashboard.language import language, t
from dashboard.registration import NOT_SCORED, SCALE, key, value
from dashboard.widgets import known_catalogue, sample_link

findings = notices.findings(registration.FORM)


def mend(field: str) -> None:
    """What is wrong with a field, right under it."""
    if message := findings.get(field):
        st.error(message, icon=":material/error:")


def label(field: str) -> str:
    """What the field is called, with a star if it must be filled in."""
    name = t(f"sample.{field}")
    return f"{name} *" if FreshSample.model_fields[field].is_required() else name


def choose(field: str, entries: Iterable[Entry], **options: Any) -> None:
    """One choice of the catalogue; what is no longer offered (another species, say) is forgotten."""
    names = {entry.key: entry.name(language()) for entry in entries}
    if value(field) not in names:
        st.session_state[key(field)] = None
    st.selectbox(
        label(field), list(names), index=None, format_func=names.__getitem__, key=key(field),
        placeholder=t("form.choose"), persist_state="session", **options,
    )  # fmt: skip
    mend(field)


def pick_day(field: str) -> None:
    st.date_input(
        label(field), None, key=key(field), max_value=clock.today(), format="YYYY-MM-DD",
        persist_state="session",
    )  # fmt: skip
    mend(field)


def write(field: str, **options: Any) -> None:
    st.text_input(label(field), key=key(field), persist_state="session", **options)
    mend(field)


def ask_animal() -> None:
    known = known_catalogue()
    left, right = st.columns(2)
    with left:
        write("trace_number", placeholder="002123456789", help=t("register.trace_help"))
        choose("species", known.species)
        choose("primal_cut", known.under("primal_cuts", value("species")))
        choose("secondary_cut", known.under("secondary_cuts", value("species"), value("primal_cut") or "-"))
        choose("sex", known.sexes)
        choose("breed", known.under("breeds", value("species")))
    with right:
        choose("grade", known.under("grades", value("species")))
        if value("species") == "cattle":
            st.number_input(
                t("sample.bms"), 1, 9, None, 1, key=key("bms"), help=t("register.bms_help"), persist_state="session"
            )
            mend("bms")
        pick_day("slaughtered_on")
        pick_day("graded_on")
        pick_day("born_on")
        write("farm_address", placeholder=t("register.address_hint"))
        write("farmer_name")


def ask_photo() -> None:
    left, right = st.columns([2, 3])
    with left:
        file = st.file_uploader(
            t("register.photo") + " *", ["jpg", "jpeg", "png"], key=key("file"), help=t("register.photo_help")
        )
        if file is not None:
            with st.spinner(t("register.photo_storing")):
                registration.take_photo(file)
        for message in notices.findings("photo").values():
            st.error(message, icon=":material/error:")
        mend("photo")
    with right:
        if (stored := registration.photo_id()) is not None:
            st.image(stored_photos.url(stored), alt=t("register.photo"), width="stretch")
            st.caption(t("register.photo_stored"))


def ask_scores() -> None:
    scale = known_catalogue().find("scales", SCALE)
    if scale is None or scale.minimum is None or scale.maximum is None or scale.step is None:
        raise LookupError(SCALE)
    steps = round((scale.maximum - scale.minimum) / scale.step) + 1
    options = [NOT_SCORED, *(scale.minimum + n * scale.step for n in range(steps))]
    st.caption(t("register.scores_help", scale=scale.name(language())))
    left, right = st.columns([3, 2])
    with left:
        for name in RAW_SCORES:
            st.select_slider(
                f"**{t(f'score.{name}')}** ({t(f'anchor.{name}')})", options, key=key(name),
                format_func=lambda score: score if score == NOT_SCORED else f"{score:g}", persist_state="session",
            )  # fmt: skip
            mend(f"scores.{name}")
    with right:
        if (stored := registration.photo_id()) is not None:
            st.image(stored_photos.url(stored), alt=t("register.photo"), width="stretch")


if (saved := registration.saved_id()) is not None:
    st.success(t("register.saved", id=ids.pretty(saved)), icon=":material/check_circle:")
    sample_link(saved, t("register.see"))
    st.button(t("register.next"), key="register_next", type="primary", on_click=registration.start_over)
else:
    st.subheader(t("register.step_animal"), anchor=False)
    ask_animal()
    st.subheader(t("register.step_photo"), anchor=False)
    ask_photo()
    st.subheader(t("register.step_scores"), anchor=False)
    ask_scores()
    st.divider()
    if findings:
        st.error(t("register.mend", n=len(findings)), icon=":material/error:")
    st.button(
        t("register.save"), key="register_save", type="primary", icon=":material/save:", on_click=registration.save
    )
    st.caption(t("register.number", id=ids.pretty(registration.sample_id())))
