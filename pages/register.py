"""Register: a fresh sample in three steps on one page: the animal, its photo, its scores."""

import streamlit as st

from core import ids, trace_numbers
from core.scanning import Scanned
from dashboard import confirmations, notices, registration, sample_form, scan_field, stored_photos
from dashboard.language import plain, t, when
from dashboard.registration import FORM
from dashboard.trace_view import show_record
from dashboard.widgets import sample_link

SCANNED = "trace"  # in the address: the number that a scan begins with


def offer_draft() -> None:
    """Says that an older draft is in the form, and offers to begin anew."""
    if (saved_at := registration.held("restored")) is None:
        return
    with st.container(border=True):
        st.markdown(f":material/edit_note: {t('register.restored', when=when(saved_at))}")
        with st.container(horizontal=True):
            st.button(
                t("register.go_on"), key="register_go_on", type="primary", on_click=registration.go_on,
                icon=":material/arrow_forward:",
            )  # fmt: skip
            st.button(
                t("register.start_over"), key="register_start_over", on_click=registration.start_over,
                icon=":material/restart_alt:",
            )  # fmt: skip


def take_scanned() -> bool:
    """A number from the page Scan: into an empty form at once, over another number only if asked; True while it is."""
    scanned = trace_numbers.parse(st.query_params.get(SCANNED, ""))
    held = registration.held("trace_number") or ""
    if registration.saved_id() is not None and scanned is not None:
        registration.start_with(scanned.number)
    elif scanned is not None and not held.strip():
        registration.take_scanned(scanned.number)
    elif scanned is not None and scanned.number != held:
        ask_which(scanned.number, held)
        return True
    st.query_params.pop(SCANNED, None)
    return False


def ask_which(number: str, held: str) -> None:
    with st.container(border=True):
        st.markdown(f":material/qr_code_scanner: {t('scan.other_number', number=number, held=plain(held))}")
        with st.container(horizontal=True):
            st.button(
                t("scan.start_new", number=number), key="register_scan_new", type="primary",
                on_click=registration.start_with, args=(number,),
            )  # fmt: skip
            st.button(t("scan.keep_form", held=plain(held)), key="register_scan_keep", on_click=keep_form)


def keep_form() -> None:
    st.query_params.pop(SCANNED, None)


def scanned_here(found: Scanned) -> None:
    if found.kind == "trace_number":
        registration.take_scanned(found.number)
    else:
        notices.tell(t("register.no_trace_number", id=ids.pretty(found.number)), "error")


def ask_animal() -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        sample_form.show_number(FORM, registration.read_number)
    with right:
        st.button(
            t("trace.look_up"), key="register_look_up", on_click=registration.read_number, width="stretch",
            icon=":material/travel_explore:",
        )  # fmt: skip
    scan_field.button("register_scan", scanned_here)
    with st.container():
        if registration.to_look_up() is not None:
            with st.spinner(t("trace.asking"), show_time=True):
                registration.ask_registry()
        if (record := registration.record()) is not None:
            show_record(record.as_json())
    sample_form.show_animal(FORM, registration.registry(), registration.changed)


def ask_photo() -> None:
    left, right = st.columns([2, 3])
    with left:
        file = st.file_uploader(
            t("register.photo") + " *", ["jpg", "jpeg", "png"], help=t("register.photo_help"),
            key=registration.key(f"file_{registration.sample_id()}"),
        )  # fmt: skip
        if file is not None:
            with st.spinner(t("register.photo_storing")):
                registration.take_photo(file)
        for message in notices.findings("photo").values():
            st.error(message, icon=":material/error:")
        sample_form.mend(FORM, "photo")
    with right:
        show_stored_photo()
        if registration.photo_id() is not None:
            st.caption(t("register.photo_stored"))


def show_stored_photo() -> None:
    if (stored := registration.photo_id()) is not None:
        st.image(stored_photos.url(stored), alt=t("register.photo"), width="stretch")


def ask_scores() -> None:
    left, right = st.columns([3, 2])
    with left:
        sample_form.show_scores(FORM, registration.changed)
    with right:
        show_stored_photo()


def finish() -> None:
    st.divider()
    if findings := notices.findings(FORM):
        st.error(t("register.mend", n=len(findings)), icon=":material/error:")
    confirmations.show(FORM)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("register.save"), key="register_save", type="primary", icon=":material/save:", on_click=registration.save
        )
        st.caption(t("register.kept"))
    st.caption(t("register.number", id=ids.pretty(registration.sample_id())))


def show_saved(saved: str) -> None:
    st.success(t("register.saved", id=ids.pretty(saved)), icon=":material/check_circle:")
    sample_link(saved, t("register.see"))
    st.button(t("register.next"), key="register_next", type="primary", on_click=registration.start_over)


registration.restore()
is_asked = take_scanned()
if (saved := registration.saved_id()) is not None:
    show_saved(saved)
else:
    with st.container():  # there even when empty, so that nothing below it moves
        if not is_asked:
            offer_draft()
    st.subheader(t("register.step_animal"), anchor=False)
    ask_animal()
    st.subheader(t("register.step_photo"), anchor=False)
    ask_photo()
    st.subheader(t("register.step_scores"), anchor=False)
    ask_scores()
    finish()
