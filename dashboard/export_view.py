"""Exports: what is taken and how, how far each is, and its file."""

from functools import partial
from typing import get_args
from uuid import UUID

import streamlit as st

from core import clock, exports
from core.exports import ExportView, NewExport
from core.exports.views import Format
from core.policy import Actor
from core.samples import SampleFilter
from core.workbooks.fields import SHEETS
from dashboard import export_file, filters, navigation, notices, sample_filter
from dashboard.batch_view import EVERY_S, STATES, filter_text
from dashboard.language import language, plain, t, when
from dashboard.session import current_actor
from dashboard.widgets import empty

FORMATS = get_args(Format)
# What of the address of the list is its filter; the rest is how the list looks.
NARROWING = (*sample_filter.COMMON, *sample_filter.OTHERS)


def link(label: str) -> None:
    """From a page with the filter bar to the export of what it shows."""
    query = {name: value for name, value in st.query_params.items() if name in NARROWING}
    st.page_link(navigation.to("workbooks"), label=label, icon=":material/download:", query_params=query)


def show_start(actor: Actor, *, is_phone: bool) -> None:
    """What would be taken, in which format; and the button."""
    st.caption(t("export.what"))
    narrowed, _ = sample_filter.choose_filter(actor, is_narrow=is_phone, with_order=False)
    kind = filters.tab("format", t("export.format"), {each: t(f"export.format_{each}") for each in FORMATS})
    st.caption(t(f"export.about_{kind}"))
    wanted = _chosen(actor, narrowed, kind)
    n = exports.count(actor, wanted)
    st.button(
        t("export.start", n=n), key="export_start", type="primary", icon=":material/download:", disabled=not n,
        on_click=_start, args=(wanted,),
    )  # fmt: skip
    if not n:
        empty("export.none_fit")


def _chosen(actor: Actor, narrowed: SampleFilter, kind: str) -> NewExport:
    with st.container(horizontal=True, vertical_alignment="center"):
        every = narrowed.status is None and st.toggle(
            t("export.every_status"), key="export_every_status", help=t("export.every_status_help")
        )
        names = exports.may_have_names(actor) and kind != "photos" and st.toggle(
            t("export.farmer_name"), key="export_farmer_name", help=t("export.farmer_name_help")
        )  # fmt: skip
    said = {"format": kind, "every_status": every, "farmer_name": names, "language": language()}
    return NewExport.model_validate(said | {"filter": narrowed})


def _start(wanted: NewExport) -> None:
    """A callback."""
    notices.attempt(lambda: exports.start(current_actor(), wanted))


def show_runs(actor: Actor, *, is_phone: bool) -> None:
    """One's own exports, newest first; all of them for a manager."""
    known = exports.browse(actor)
    st.subheader(t("export.history"), anchor=False)
    if not known:
        empty("export.no_runs")
    for one in known:
        with st.container(border=True, key=f"export_{one.id}"):
            _show(actor, one, is_phone=is_phone)


def _show(actor: Actor, one: ExportView, *, is_phone: bool) -> None:
    if is_phone:
        _tell(actor, one)
    with st.container(horizontal=True, vertical_alignment="center"):
        if not is_phone:
            _tell(actor, one)
        color, icon = STATES[one.state]
        st.badge(t(f"export.state_{one.state}"), color=color, icon=f":material/{icon}:")  # type: ignore[arg-type]
        if one.has_file:
            st.link_button(t("export.download"), export_file.url(one.id), icon=":material/download:")
    if one.error:
        st.error(t(f"error.{one.error}"), icon=":material/error:")
    if not one.is_finished:
        _wait_for(actor, one.id)


def _tell(actor: Actor, one: ExportView) -> None:
    with st.container(gap=None, width="stretch"):
        st.markdown(f"**{plain(_what(actor, one))}**")
        st.caption(plain(" · ".join(_facts(actor, one))))


def _what(actor: Actor, one: ExportView) -> str:
    narrowed = filter_text(actor, one.filter) if one.filter else t("export.all_samples")
    return f"{t(f'export.format_{one.format}')} · {narrowed}"


def _facts(actor: Actor, one: ExportView) -> list[str]:
    facts = [when(one.requested_at)]
    if one.parts:
        facts += [t("export.part", name=_part_name(part), n=n) for part, n in _in_order(one.parts).items() if n]
    if one.bytes:
        facts.append(f"{one.bytes / 1e6:,.1f} MB" if one.bytes >= 1e6 else f"{one.bytes / 1e3:,.0f} kB")
    if one.farmer_name:
        facts.append(t("export.with_names"))
    if one.expires_at:
        facts.append(t("export.until", when=when(one.expires_at)))
    elif one.state == "done":
        facts.append(t("export.gone"))
    return facts if one.requested_by == actor.id else [*facts, one.requested_by_name]


def _in_order(parts: dict[str, int]) -> dict[str, int]:
    return {part: parts[part] for part in (*SHEETS, "photos", "missing") if part in parts}


def _part_name(part: str) -> str:
    if part in SHEETS:
        return SHEETS[part].title(language())
    return t("export.part_missing") if part == "missing" else t("export.part_photos")


@st.fragment(run_every=EVERY_S)
def _wait_for(actor: Actor, run_id: UUID) -> None:
    """Looks each second how far it is; the whole page is drawn again once it is finished."""
    one = exports.get(actor, run_id)
    if one.is_finished:
        st.rerun()
    if one.state == "waiting" or not one.total:
        waited = int((clock.now() - one.requested_at).total_seconds())
        st.progress(0.0, t("export.waiting", seconds=waited))
    else:
        of = "photos" if one.format == "photos" else "rows"
        st.progress(min(one.done / one.total, 1.0), t(f"export.counted_{of}", done=one.done, total=one.total))
    st.caption(t("export.may_leave"))
    st.button(
        t("export.cancel"), key=f"export_cancel_{run_id}", icon=":material/cancel:", on_click=_cancel, args=(run_id,)
    )


def _cancel(run_id: UUID) -> None:
    if notices.attempt(partial(exports.cancel, current_actor(), run_id)) is not None:
        notices.tell(t("export.cancelled"))
