"""Which photo is looked at: one from this device, one of the camera, or one that is stored."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

import streamlit as st

from core import ids, photos, pictures, samples
from core.errors import BadInput, Finding
from core.policy import Actor
from core.samples import SampleFilter, SampleRow, SampleView
from core.samples.views import PhotoView
from dashboard import filters, navigation, notices, scan_field, stored_photos
from dashboard.language import plain, t
from dashboard.looking import Photo
from dashboard.sample_filter import of_species
from dashboard.timeline import place_name
from dashboard.widgets import cut_name, empty, known_catalogue, name_of, sample_link

TAKEN, REFUSED = "predict_taken", "predict_refused"
SOURCES = ("upload", "camera", "stored")
OFFERED = 8  # stored photos at once
USUAL = "cattle"


@dataclass(frozen=True)
class Taken:
    """A photo that was chosen or taken here. It lives as long as this visit and is stored nowhere."""

    name: str
    photo: Photo
    width: int
    height: int


def choose_source() -> str:
    """Stored, where the address names a photo and nothing else was chosen."""
    usual = "stored" if "photo" in st.query_params else "upload"
    names = {source: t(f"predict.source_{source}") for source in SOURCES}
    chosen: str = filters.synced(
        "from", lambda given: given if given in names else usual, lambda source: "" if source == usual else source,
        lambda key: st.segmented_control(
            t("predict.source"), list(names), format_func=names.__getitem__, key=key, required=True,
            label_visibility="collapsed",
        ),
    )  # fmt: skip
    return chosen


def take_photo(source: str) -> Taken | None:
    """The file chooser or the camera; what was taken last, also after a visit to another page."""
    widget = f"predict_{source}"
    if source == "camera":
        st.camera_input(
            t("predict.camera"), key=widget, resolution="1080p", help=t("predict.camera_help"), on_change=_take,
            args=(widget,),
        )  # fmt: skip
    else:
        st.file_uploader(
            t("predict.upload"), "image", key=widget, help=t("register.photo_help"), on_change=_take, args=(widget,)
        )
    if refused := st.session_state.get(REFUSED):
        _show_refused(*refused)
    taken: Taken | None = st.session_state.get(TAKEN)
    return taken


def forget() -> None:
    for key in (TAKEN, REFUSED):
        st.session_state.pop(key, None)


def _take(widget: str) -> None:
    """A picture that we cannot take leaves the one before it where it is."""
    st.session_state.pop(REFUSED, None)
    file = st.session_state.get(widget)
    if file is None:
        st.session_state.pop(TAKEN, None)
        return
    try:
        picture = pictures.read(file.getvalue())
    except BadInput as refusal:
        st.session_state[REFUSED] = (file.name, refusal.findings)
        return
    photo = Photo.of(picture.data, picture.copies[max(picture.copies)])
    st.session_state[TAKEN] = Taken(file.name, photo, picture.width, picture.height)


def _show_refused(name: str, findings: tuple[Finding, ...]) -> None:
    said = " ".join(notices.describe(finding) for finding in findings)
    st.error(plain(f"{name}: {said}"), icon=":material/broken_image:")
    if TAKEN in st.session_state:
        st.caption(t("predict.kept"))


def photo_in_address() -> UUID | None:
    try:
        return UUID(st.query_params.get("photo", ""))
    except ValueError:
        return None


def choose_stored(actor: Actor, *, is_narrow: bool) -> None:
    """Samples that fit what is searched for, newest first; each leads to the prediction of its photo."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        q = filters.write("q", t("samples.search"), t("samples.search_hint"))
        scan_field.button("predict_scan", scan_field.search)
    found = samples.page(actor, SampleFilter(q=q, has=("photo",)), limit=OFFERED, count=False)
    if not found.rows:
        empty("predict.none_found")
        return
    st.caption(t("predict.choose"))
    if is_narrow:
        for row in found.rows:
            with st.container(border=True, horizontal=True):
                st.image(_small(row), alt=t("sample.photo_alt", cut=cut_name(row)), width=88)
                with st.container(gap=None, width="stretch"):
                    _offer(row)
        return
    for start in range(0, len(found.rows), 4):
        for column, row in zip(st.columns(4), found.rows[start : start + 4], strict=False):
            with column.container(border=True):
                st.image(_small(row), alt=t("sample.photo_alt", cut=cut_name(row)), width="stretch")
                _offer(row)


def _offer(row: SampleRow) -> None:
    st.caption(plain(f"{cut_name(row)} · {name_of('grades', row.grade, row.species)}"))
    sample_link(row.id)
    st.button(
        t("predict.choose_this"), key=f"predict_choose_{row.photo_id}", icon=":material/insights:", width="stretch",
        on_click=partial(choose, row.photo_id),
    )  # fmt: skip


def choose(photo_id: object) -> None:
    st.query_params["photo"] = str(photo_id)


def leave() -> None:
    """Back to the choice among stored photos."""
    st.query_params.pop("photo", None)
    st.query_params["from"] = "stored"


def explanation_link(photo_id: UUID) -> None:
    """To where the model looked, and to similar photos."""
    st.page_link(
        navigation.to("predict"), label=t("prediction.explain"), icon=":material/visibility:",
        query_params={"photo": str(photo_id)},
    )  # fmt: skip


def choose_told() -> tuple[str, str | None]:
    """What is known of the photo's animal; what the model is told beside the picture."""
    with st.container(horizontal=True, vertical_alignment="bottom", width=640, key="predict_told"):
        names = {entry.key: name_of("species", entry.key) for entry in known_catalogue().species}
        species = filters.choose("species", t("sample.species"), names, none=names[USUAL]) or USUAL
        cuts = of_species("primal_cuts", species)
        cut = filters.choose("cut", t("sample.primal_cut"), cuts, none=t("predict.unknown"))
    return species, cut


def show_place(sample: SampleView, photo_id: UUID) -> None:
    """Whose photo it is, the others of the same sample, and the way to another one."""
    shots = {
        shot.id: place_name(part.seq, shot.preparation)
        for part in sample.rounds
        for shot in part.photos
        if shot.state == "stored"
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        sample_link(sample.id, f"{ids.pretty(sample.id)} · {cut_name(sample)}")
        st.button(t("predict.another"), key="predict_another", icon=":material/photo_library:", on_click=leave)
    if len(shots) > 1:
        st.session_state["predict_shot"] = photo_id
        st.segmented_control(
            t("sample.photo"), list(shots), format_func=shots.__getitem__, key="predict_shot", required=True,
            label_visibility="collapsed", on_change=lambda: choose(st.session_state["predict_shot"]),
        )  # fmt: skip


def shot_of(sample: SampleView, photo_id: UUID) -> PhotoView | None:
    """None where another photo has taken its place."""
    return next((shot for part in sample.rounds for shot in part.photos if shot.id == photo_id), None)


def read(actor: Actor, photo_id: UUID) -> Photo:
    """A stored photo, for what is drawn over it."""
    data, copy = (b"".join(photos.content(actor, photo_id, size).chunks) for size in ("original", "1024"))
    return Photo.of(data, copy)


def _small(row: SampleRow) -> str:
    return stored_photos.url(row.photo_id, 256)
