"""Scanning wherever a page asks for a number: a field for a scanner that types, a camera, a picture.

`on_scan` is called with what was scanned, as a callback is: it draws nothing.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import streamlit as st

from core import clock, scanning
from core.errors import BadInput
from core.scanning import Scanned
from dashboard import live_scanner, notices
from dashboard.language import t
from dashboard.session import current_actor

OnScan = Callable[[Scanned], None]
WAYS = ("live", "camera", "upload")
SAME_CODE = timedelta(seconds=8)
QUIET = ("no_code", "photo_unreadable", "missing")  # findings of a frame that has nothing to say

# Whoever comes to scan need not click first; on a phone this would only open the keyboard.
_focus = st.components.v2.component(
    "meatlab_focus",
    js="""
export default function ({ data }) {
  const field = document.querySelector(`.st-key-${data.key} input`);
  const isFree = document.activeElement === document.body || document.activeElement === null;
  if (field && isFree && window.matchMedia("(pointer: fine)").matches) field.focus();
}
""",
)


def typed(key: str, on_scan: OnScan, *, label: str | None = None) -> None:
    """The field that a scanner types into, with Enter at the end; emptied for the next code."""
    name = f"{key}_text"
    st.text_input(
        label or t("scan.text"), key=name, placeholder=t("scan.text_hint"), on_change=_take_text,
        args=(name, on_scan), icon=":material/barcode_scanner:", autocomplete="off",
    )  # fmt: skip


def focused(key: str) -> None:
    """Puts the cursor into the field, where nobody is in another one."""
    _focus(data={"key": f"{key}_text"}, key=f"{key}_focus")


def cameras(key: str, on_scan: OnScan) -> None:
    """The live scanner, a photo, or a picture that is there already."""
    names = {way: t(f"scan.way_{way}") for way in WAYS}
    way = st.segmented_control(
        t("scan.way"), WAYS, default=WAYS[0], format_func=names.__getitem__, key=f"{key}_way", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if way == "live":
        _live(key, on_scan)
    elif way == "camera":
        name = f"{key}_camera"
        st.camera_input(t("scan.camera"), key=name, resolution="1080p", on_change=_take_file, args=(name, on_scan))
    else:
        name = f"{key}_file"
        st.file_uploader(
            t("scan.upload"), ["jpg", "jpeg", "png"], key=name, help=t("scan.upload_help"), on_change=_take_file,
            args=(name, on_scan),
        )  # fmt: skip


def button(key: str, on_scan: OnScan) -> None:
    """All of it behind one button, for pages that have other things to do."""
    with st.popover(t("scan.open"), icon=":material/qr_code_scanner:", key=f"{key}_popover"):
        typed(key, on_scan)
        cameras(key, on_scan)


def search(found: Scanned) -> None:
    """What a list does with a scanned number: it looks for it."""
    st.query_params["q"] = found.number


@st.fragment
def _live(key: str, on_scan: OnScan) -> None:
    """A frame in which nothing is read is no mistake; a code that says nothing is told."""
    name, found, wrong = f"{key}_live", None, None
    if (seen := live_scanner.seen(name)) is not None:
        try:
            found = _read(seen)
        except BadInput as refusal:
            wrong = refusal.findings[0]
    is_new = found is not None and _is_new(key, found)
    live_scanner.look(name, hold=is_new)
    if wrong is not None and wrong.code not in QUIET:
        st.error(notices.describe(wrong), icon=":material/error:")
    if found is not None and is_new:
        on_scan(found)
        st.rerun()


def _read(seen: live_scanner.Seen) -> Scanned:
    actor = current_actor()
    if seen.text is not None:
        return scanning.scan_text(actor, seen.text)
    return scanning.scan_image(actor, seen.frame or b"")


def _is_new(key: str, found: Scanned) -> bool:
    """Whether it is not the code that lay there just now: a camera sees it many times a second."""
    number, since = st.session_state.get(f"{key}_last", ("", clock.now()))
    if found.number == number and clock.now() - since < SAME_CODE:
        return False
    st.session_state[f"{key}_last"] = found.number, clock.now()
    return True


def _take_text(name: str, on_scan: OnScan) -> None:
    text = st.session_state[name]
    st.session_state[name] = ""
    if text.strip():
        _take(partial(scanning.scan_text, current_actor(), text), on_scan)


def _take_file(name: str, on_scan: OnScan) -> None:
    file = st.session_state[name]
    if file is not None:
        _take(partial(scanning.scan_image, current_actor(), file.getvalue()), on_scan)


def _take(scan: Callable[[], Scanned], on_scan: OnScan) -> None:
    """A refusal says what is wrong with the code itself."""
    try:
        on_scan(scan())
    except BadInput as refusal:
        for finding in refusal.findings:
            notices.tell(notices.describe(finding), "error")
