"""All photos of a sample, and adding or replacing the one of a round and preparation."""

import hashlib
from functools import partial
from uuid import uuid5

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import photos
from core.samples import SampleView
from core.samples.views import RoundView
from dashboard import dialogs
from dashboard.language import t
from dashboard.session import current_actor
from dashboard.timeline import round_name
from dashboard.widgets import cut_name, empty, photo

FORM = "photo"
PREPARATIONS = ("raw", "heated")


def show_photos(sample: SampleView) -> None:
    """Two abreast, in the order of the rounds; one below the other on a phone."""
    shots = [(part, shot) for part in sample.rounds for shot in part.photos if shot.state == "stored"]
    if not shots:
        empty("sample.no_photo")
    for start in range(0, len(shots), 2):
        for column, (part, shot) in zip(st.columns(2), shots[start : start + 2], strict=False):
            with column:
                photo(shot.id, t("sample.photo_alt", cut=cut_name(sample)))
                size = f"{shot.width} × {shot.height} px"
                st.caption(f"{round_name(part)} · {t(f'laboratory.of_{shot.preparation}')} · {size}")


def show_button(sample: SampleView, part: RoundView) -> None:
    dialogs.opener(
        FORM, t("photo.add"), "add_a_photo", sample.version, partial(_show, sample),
        fill={"seq": part.seq, "preparation": "raw"},
    )  # fmt: skip


def _show(sample: SampleView) -> None:
    st.segmented_control(
        t("sample.round"), [part.seq for part in sample.rounds], key=dialogs.key(FORM, "seq"), required=True,
        format_func=lambda seq: round_name(sample.rounds[seq]),
    )  # fmt: skip
    st.segmented_control(
        t("photo.preparation"), PREPARATIONS, key=dialogs.key(FORM, "preparation"), required=True,
        format_func=lambda preparation: t(f"laboratory.of_{preparation}"),
    )  # fmt: skip
    seq, preparation = dialogs.value(FORM, "seq", 0), dialogs.value(FORM, "preparation", "raw")
    file = st.file_uploader(
        t("register.photo"), ["jpg", "jpeg", "png"], key=dialogs.key(FORM, "file"), help=t("register.photo_help")
    )
    for field in ("photo", "sha256"):
        dialogs.mend(FORM, field)
    replaces = sample.rounds[seq].photo(preparation) is not None
    if replaces:
        st.caption(f":material/info: {t('photo.replaces')}")
    if file is not None:
        label = t("photo.replace" if replaces else "photo.save")
        dialogs.show_save(FORM, label, partial(_save, sample, seq, preparation, file), icon="add_a_photo")


def _save(sample: SampleView, seq: int, preparation: str, file: UploadedFile) -> None:
    data = file.getvalue()
    # The same picture sent twice by one opening of the form is one photo.
    photo_id = uuid5(dialogs.opened(FORM).id, f"{seq} {preparation} {hashlib.sha256(data).hexdigest()}")

    def add(version: int, confirmed: list[str]) -> object:
        return photos.add(current_actor(), sample.id, seq, preparation, data, photo_id=photo_id)

    dialogs.save(FORM, add, t("photo.saved"))
