"""Edit a sample: the same form as registering, on the version that is stored; a late change becomes a wish."""

from functools import partial

import streamlit as st

from core import ids, samples, trace_records
from core.samples import SampleView, edit_requests
from dashboard import confirmations, editing, navigation, notices, sample_form
from dashboard.language import t, when
from dashboard.sample_view import find_sample, show_photo
from dashboard.session import current_actor
from dashboard.values import differences
from dashboard.widgets import badges, cut_name, empty, name_of, open_sample, sample_link


def show_rejection(sample: SampleView) -> None:
    if sample.status == "rejected" and sample.last_review is not None:
        with st.container(border=True):
            st.markdown(f":material/undo: **{name_of('reject_reasons', sample.last_review.reason)}**")
            st.text(sample.last_review.text or "")


def show_clashes(sample: SampleView) -> None:
    """Somebody else was faster with the same fields: both sides, and whose shall stand."""
    clashing = editing.clashes(sample.id)
    if not clashing:
        return
    with st.container(border=True):
        st.markdown(f":material/sync_problem: **{t('edit.clash')}**")
        differences(clashing, t("edit.theirs"), t("edit.mine"), sample.species)
        with st.container(horizontal=True):
            st.button(t("edit.keep_mine"), key="edit_keep_mine", on_click=editing.settle, args=(sample.id, True))
            st.button(t("edit.take_theirs"), key="edit_take_theirs", on_click=editing.settle, args=(sample.id, False))


def ask_photo(sample: SampleView) -> None:
    show_photo(sample, sample.rounds[0])
    file = st.file_uploader(t("edit.photo"), ["jpg", "jpeg", "png"], key=f"edit_file_{sample.id}")
    if file is not None:
        with st.spinner(t("register.photo_storing")):
            editing.take_photo(sample.id, file.getvalue())
        for message in notices.findings(f"{editing.form_of(sample.id)}_photo_findings").values():
            st.error(message, icon=":material/error:")


def show_save(sample: SampleView, allowed: frozenset[str]) -> None:
    confirmations.show(editing.form_of(sample.id))
    again = sample.status == "rejected" and "sample.submit_again" in allowed
    with st.container(horizontal=True):
        if again:
            st.button(
                t("edit.save_and_submit"), key="edit_submit", type="primary", icon=":material/send:",
                on_click=partial(editing.save, sample.id, submit=True),
            )  # fmt: skip
        st.button(
            t("edit.save"), key="edit_save", type="secondary" if again else "primary", icon=":material/save:",
            on_click=editing.save, args=(sample.id,),
        )  # fmt: skip
        show_cancel(sample)


def show_wish(sample: SampleView) -> None:
    """The time is over: the form says what should change, and a reviewer decides."""
    waiting = edit_requests.of_sample(current_actor(), sample.id)
    if waiting is not None and waiting.state == "waiting":
        st.info(t("edit.waits"), icon=":material/hourglass_top:")
        differences(waiting.differing, t("wish.stored"), t("wish.wanted"), sample.species)
        return
    st.text_area(t("edit.note"), key=f"{editing.form_of(sample.id)}_note")
    for field in ("note", "changes"):
        sample_form.mend(editing.form_of(sample.id), field)
    confirmations.show(editing.form_of(sample.id))
    with st.container(horizontal=True):
        st.button(
            t("edit.ask"), key="edit_ask", type="primary", icon=":material/outgoing_mail:",
            on_click=editing.ask, args=(sample.id,),
        )  # fmt: skip
        show_cancel(sample)


def show_cancel(sample: SampleView) -> None:
    if st.button(t("edit.cancel"), key="edit_cancel", icon=":material/close:"):
        editing.leave(sample.id)
        open_sample(sample.id)


def show(sample: SampleView, allowed: frozenset[str]) -> None:
    may_edit = "sample.edit" in allowed
    st.title(t("edit.heading", id=ids.pretty(sample.id)), anchor=False)
    badges(sample)
    st.markdown(f"**{cut_name(sample)}**")
    if not may_edit:
        st.warning(_too_late(sample), icon=":material/lock_clock:")
    show_rejection(sample)
    editing.begin(sample)
    left, right = st.columns([3, 2], gap="large")
    with right:
        if "photo.add" in allowed and may_edit:
            ask_photo(sample)
        else:
            show_photo(sample, sample.rounds[0])
    with left:
        sample_form.show(editing.form_of(sample.id), trace_records.fills(sample.registry_record))
        with st.container():  # always there, so that what follows keeps its place
            show_clashes(sample)
        if may_edit:
            show_save(sample, allowed)
        else:
            show_wish(sample)


def _too_late(sample: SampleView) -> str:
    if sample.edit_until is None:
        return t("edit.approved_already")
    return t("error.edit_window_closed", closed_at=when(sample.edit_until))


found = find_sample()
if found is None:
    empty("sample.not_found")
    st.page_link(navigation.to("home"), label=t("home.title"), icon=":material/home:")
elif told := editing.finished(found.id):
    notices.tell(told)
    open_sample(found.id)
else:
    allowed = samples.allowed(current_actor(), found.id)
    if "sample.edit" in allowed or found.is_own:
        show(found, allowed)
    else:
        empty("edit.not_yours")
        sample_link(found.id)
