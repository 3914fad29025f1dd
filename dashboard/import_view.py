"""Imports: a workbook is sent, looked through, asked about, confirmed, written, and undone if it was a mistake."""

from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from core import clock, imports, words
from core.errors import NotFound
from core.imports import ImportView
from core.policy import Actor
from dashboard import dialogs, import_file, notices
from dashboard.import_findings import show_columns, show_findings, show_questions
from dashboard.language import language, plain, t, when
from dashboard.session import current_actor
from dashboard.widgets import empty, known_catalogue

ADDRESS = "import"
EVERY_S = 1.0
UNDO = "import_undo"
PHASES = {
    "waiting": ("gray", "hourglass_top"), "checking": ("blue", "progress_activity"), "checked": ("orange", "rule"),
    "writing": ("blue", "progress_activity"), "written": ("green", "check_circle"), "undone": ("gray", "undo"),
    "failed": ("red", "error"), "cancelled": ("gray", "cancel"),
}  # fmt: skip


def show(actor: Actor) -> None:
    """The import that the address names, or a new one and those so far."""
    run_id = in_address()
    if run_id is None:
        show_start(actor)
        show_list(actor)
        return
    try:
        found = imports.get(actor, run_id)
    except NotFound:
        empty("import.not_found")
        _back()
        return
    _show_run(actor, found)


def in_address() -> UUID | None:
    try:
        return UUID(st.query_params.get(ADDRESS, ""))
    except ValueError:
        return None


def show_start(actor: Actor) -> None:
    """What is sent, and what only the person knows of it."""
    st.caption(t("import.what"))
    with st.container(horizontal=True):
        for each in words.LANGUAGES:
            label = t("import.template_ko") if each == "ko" else t("import.template_en")
            st.link_button(label, import_file.template_url(each), icon=":material/download:")
    book = st.file_uploader(
        t("import.file"), type=["xlsx", "xls", "xlsm", "csv", "txt", "zip"], key="import_file",
        max_upload_size=imports.MAX_BYTES // 1024**2,
    )  # fmt: skip
    zipped = st.file_uploader(
        t("import.photos"), type=["zip"], key="import_photos", max_upload_size=imports.MAX_PHOTOS_BYTES // 1024**2
    )
    with st.container(horizontal=True):
        ask_scale()
        st.date_input(t("import.day"), value=None, key="import_day")
        known = imports.mappings.browse(actor)
        if known:
            names: dict[str | None, str] = {None: t("import.mapping_none")} | {each.name: each.name for each in known}
            st.selectbox(t("import.mapping"), [*names], key="import_mapping", format_func=names.__getitem__)
    st.button(
        t("import.start"), key="import_start", type="primary", icon=":material/search:", disabled=book is None,
        on_click=_start, args=(book, zipped),
    )  # fmt: skip


def ask_scale() -> None:
    """None is an answer, too: then the sheet has to say it."""
    names: dict[str | None, str] = {None: t("import.scale_none")}
    names |= {entry.key: entry.name(language()) for entry in known_catalogue().scales}
    st.selectbox(
        t("import.scale"), [*names], key="import_scale", help=t("import.scale_help"), format_func=names.__getitem__
    )


def _start(book: Any, zipped: Any) -> None:
    """A callback."""
    actor = current_actor()
    day, name = st.session_state.get("import_day"), st.session_state.get("import_mapping")
    known = {each.name: each.columns for each in imports.mappings.browse(actor)}
    options = {
        "scale": st.session_state.get("import_scale"), "day": day.isoformat() if day else None,
        "mapping": known.get(str(name), {}),
    }  # fmt: skip
    photos = zipped.getvalue() if zipped is not None else None
    action = partial(
        imports.start, actor, book.name, book.getvalue(), options, photos=photos,
        photos_name=zipped.name if zipped is not None else None,
    )  # fmt: skip
    if (found := notices.attempt(action)) is not None:
        open_run(found.id)


def open_run(run_id: UUID) -> None:
    st.query_params[ADDRESS] = str(run_id)


def leave() -> None:
    st.query_params.pop(ADDRESS, None)


def _back() -> None:
    st.button(t("import.back"), key="import_back", icon=":material/arrow_back:", on_click=leave)


def show_list(actor: Actor) -> None:
    """One's own imports, newest first; all of them for a manager."""
    known = imports.browse(actor)
    st.subheader(t("import.runs"), anchor=False)
    if not known:
        empty("import.no_runs")
    for one in known:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"import_{one.id}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{plain(one.file_name)}**")
                st.caption(plain(" · ".join(_facts(actor, one))))
            badge(one.phase)
            st.button(
                t("import.open"), key=f"import_open_{one.id}", icon=":material/chevron_right:", on_click=open_run,
                args=(one.id,),
            )  # fmt: skip


def _facts(actor: Actor, one: ImportView) -> list[str]:
    facts = [when(one.requested_at), t("import.file_facts", sha256=one.sha256[:16])]
    return facts if one.requested_by == actor.id else [*facts, one.requested_by_name]


def badge(phase: str) -> None:
    color, icon = PHASES[phase]
    st.badge(t(f"import.phase_{phase}"), color=color, icon=f":material/{icon}:")  # type: ignore[arg-type]


def _show_run(actor: Actor, one: ImportView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        _back()
        badge(one.phase)
    st.subheader(plain(one.file_name), anchor=False)
    st.caption(plain(" · ".join(_facts(actor, one))))
    if not one.is_finished:
        _wait_for(actor, one.id)
    elif one.phase == "failed":
        _show_failure(one)
    elif one.phase == "checked":
        _show_checked(actor, one)
    elif one.phase in ("written", "undone"):
        _show_written(one)


@st.fragment(run_every=EVERY_S)
def _wait_for(actor: Actor, run_id: UUID) -> None:
    """Looks each second how far it is; the whole page is drawn again once it is finished."""
    one = imports.get(actor, run_id)
    if one.is_finished:
        st.rerun()
    if one.state == "waiting" or not one.total:
        waited = int((clock.now() - one.requested_at).total_seconds())
        st.progress(0.0, t("import.waiting", seconds=waited))
    else:
        told = t("import.looked" if one.step == "check" else "import.wrote", done=one.done, total=one.total)
        st.progress(min(one.done / one.total, 1.0), told)
    st.caption(t("import.may_leave"))
    st.button(
        t("import.cancel"), key="import_cancel", icon=":material/cancel:", on_click=_cancel, args=(run_id,)
    )  # fmt: skip


def _cancel(run_id: UUID) -> None:
    if notices.attempt(partial(imports.cancel, current_actor(), run_id)) is not None:
        notices.tell(t("import.cancelled"))


def _show_failure(one: ImportView) -> None:
    for each in one.summary.get("refused", []):
        st.error(t(f"finding.{each['code']}", **each["values"]), icon=":material/error:")
    if one.error and "refused" not in one.summary:
        st.error(t(f"error.{one.error}"), icon=":material/error:")
    if one.error == "import_changed":
        st.button(t("import.again"), key="import_again", icon=":material/refresh:", on_click=_again, args=(one.id, {}))
    else:
        st.caption(t("import.try_again"))


def _again(run_id: UUID, options: dict[str, Any]) -> None:
    notices.attempt(partial(imports.answer, current_actor(), run_id, options))


def _show_checked(actor: Actor, one: ImportView) -> None:
    """How it stands, what is asked, what was found, and the button."""
    for column, name in zip(st.columns(4), ("good", "warned", "bad", "same"), strict=True):
        column.metric(_row_name(name), f"{one.summary.get(name, 0):,}")
    st.caption(_counts(one.summary, "would"))
    columns = imports.columns(actor, one.id)
    if one.summary.get("questions"):
        show_questions(actor, one, columns)
    else:
        _show_confirm(one)
    show_findings(actor, one)
    show_columns(columns)


def _row_name(name: str) -> str:
    return {
        "good": t("import.rows_good"), "warned": t("import.rows_warned"), "bad": t("import.rows_bad"),
        "same": t("import.rows_same"),
    }[name]  # fmt: skip


def _counts(said: dict[str, int], kind: str) -> str:
    own = {
        "samples": said.get("new_samples", 0), "changed": said.get("changed_samples", 0),
        **{name: said.get(name, 0) for name in ("rounds", "evaluations", "measurements", "photos")},
    }  # fmt: skip
    return t("import.would_write", **own) if kind == "would" else t("import.did_write", **own)


def _show_confirm(one: ImportView) -> None:
    warned, good = one.summary.get("warned", 0), one.summary.get("good", 0)
    accepts = bool(warned) and st.checkbox(t("import.with_warnings", n=warned), key="import_with_warnings")
    n = good + (warned if accepts else 0)
    st.button(
        t("import.confirm", n=n), key="import_confirm", type="primary", icon=":material/save:", disabled=not n,
        on_click=_confirm, args=(one.id, accepts),
    )  # fmt: skip
    if not n:
        empty("import.nothing_to_write")


def _confirm(run_id: UUID, accepts: bool) -> None:
    if notices.attempt(partial(imports.confirm, current_actor(), run_id, with_warnings=accepts)) is not None:
        notices.tell(t("import.confirmed"))


def _show_written(one: ImportView) -> None:
    st.markdown(_counts(one.summary.get("written", {}), "did"))
    if one.may_undo:
        dialogs.opener(UNDO, t("import.undo"), "undo", 0, partial(_ask_undo, one), title=t("import.undo_title"))


def _ask_undo(one: ImportView) -> None:
    said = one.summary.get("written", {})
    counts = {"samples": said.get("new_samples", 0), "changed": said.get("changed_samples", 0)}
    st.markdown(t("import.undo_what", until=when(one.undo_until), **counts))
    dialogs.show_save(UNDO, t("import.undo_now"), partial(_undo, one.id), icon="undo")


def _undo(run_id: UUID) -> None:
    dialogs.save(UNDO, lambda *_: imports.undo(current_actor(), run_id), t("import.undone"))
