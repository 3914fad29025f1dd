"""How labels are made, and the file that came of it: kept for as long as what it was made of stays as it is."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import streamlit as st

from core import clock, inputs, sample_labels
from core.sample_labels import DPI, SIZES, Chosen, LabelFile, NewPrint
from core.words import LANGUAGES
from dashboard import notices
from dashboard.language import language, t
from dashboard.session import current_actor
from dashboard.widgets import LANGUAGE_NAMES

FORMATS = ("pdf_sheet", "pdf_single", "zpl")
MADE = "labels_made"
FORM = "labels"
# A second click on the same button is no second print.
AT_ONCE = timedelta(seconds=5)


@dataclass(frozen=True)
class Made:
    """`asked` is what it was made of, without its id."""

    asked: dict[str, Any]
    id: Any
    at: Any
    file: LabelFile


def show_options() -> dict[str, Any]:
    """Size, copies, form, printer and language, as `NewPrint` takes them."""
    st.session_state.setdefault("labels_language", language())
    formats = {name: t(f"labels.format_{name}") for name in FORMATS}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = st.segmented_control(
            t("labels.size"), list(SIZES), default="50x30", required=True, key="labels_size",
            format_func=lambda name: f"{name.replace('x', ' × ')} mm",
        )  # fmt: skip
        copies = st.number_input(
            t("labels.copies"), 1, sample_labels.MOST_COPIES, 1, key="labels_copies", width=140, persist_state="session"
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            t("labels.format"), FORMATS, key="labels_format", format_func=formats.__getitem__, width=300,
            persist_state="session",
        )  # fmt: skip
        dpi = st.selectbox(
            t("labels.dpi"), sorted(DPI, reverse=True), key="labels_dpi", width=140, help=t("labels.dpi_help"),
            format_func=lambda value: f"{value} dpi", persist_state="session",
        )  # fmt: skip
        spoken = st.selectbox(
            t("labels.language"), LANGUAGES, key="labels_language", format_func=LANGUAGE_NAMES.__getitem__, width=140,
            persist_state="session",
        )  # fmt: skip
    return {"size": size, "copies": int(copies), "format": kind, "dpi": dpi, "language": spoken}


def show_preview(sample: Chosen, options: dict[str, Any]) -> None:
    """As it lies to be read, in the dots of the printer; the picture is in the page itself, nowhere to be fetched."""
    size = SIZES[options["size"]]
    picture = sample_labels.preview(sample.label, size.name, options["dpi"])
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    with st.container(border=True, key="labels_preview", width=int(9 * size.width) + 34):
        st.image(url, alt=t("labels.preview_alt", text=", ".join(sample.label.lines)), width="stretch")


def show_make(samples: tuple[Chosen, ...], options: dict[str, Any]) -> None:
    """The button, and behind it the file while nothing else is chosen."""
    asked = options | {"ids": [sample.id for sample in samples]}
    count = len(samples) * options["copies"]
    made: Made | None = st.session_state.get(MADE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("labels.make", n=count), key="labels_make", type="secondary" if _fits(made, asked) else "primary",
            icon=":material/print:", on_click=_make, args=(asked,), disabled=not samples,
        )  # fmt: skip
        if made is not None and _fits(made, asked):
            st.download_button(
                t("labels.download", name=made.file.name), made.file.data, made.file.name, made.file.media_type,
                key="labels_download", type="primary", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
    for message in notices.findings(FORM).values():
        st.error(message, icon=":material/error:")


def _fits(made: Made | None, asked: dict[str, Any]) -> bool:
    return made is not None and made.asked == asked


def _make(asked: dict[str, Any]) -> None:
    before: Made | None = st.session_state.get(MADE)
    is_again = before is not None and _fits(before, asked) and clock.now() - before.at < AT_ONCE
    print_id = before.id if before is not None and is_again else uuid4()
    new = notices.attempt(partial(inputs.read, NewPrint, asked | {"id": print_id}), form=FORM)
    file = new and notices.attempt(partial(sample_labels.print_labels, current_actor(), new), form=FORM)
    if file:
        st.session_state[MADE] = Made(asked, print_id, before.at if before and is_again else clock.now(), file)
        notices.tell(t("labels.made", labels=file.labels, samples=file.samples))
