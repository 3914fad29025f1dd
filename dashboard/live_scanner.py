"""A live scanner: the camera's picture on the page, read by the browser where it can, else frame by frame by us.

Browsers without a BarcodeDetector send a frame at a time as a small JPEG, the next one only when the answer to the last
one is there, so that a slow line is never flooded.
"""

import base64
import binascii
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dashboard.language import t

LARGEST_FRAME = 3_000_000  # characters of Base64
TURN, SEEN = "live_scanner_turn", "live_scanner_seen"

HTML = """
<div class="scanner">
  <div class="view"><video autoplay muted playsinline></video><div class="frame"></div></div>
  <p role="status"></p>
  <button type="button"></button>
</div>
"""
CSS = """
.scanner { font-family: var(--st-font); color: var(--st-text-color); display: grid; gap: 0.5rem; }
.view { position: relative; display: none; border-radius: var(--st-base-radius); overflow: hidden; background: #000; }
.on .view { display: block; }
video { width: 100%; max-height: 60vh; display: block; object-fit: contain; }
.frame { position: absolute; inset: 15% 12%; border: 2px solid #fff; border-radius: 0.6rem; opacity: 0.8; }
p { margin: 0; font-size: 0.9rem; }
p:empty { display: none; }
button { font: inherit; justify-self: start; padding: 0.45rem 1rem; border-radius: var(--st-button-radius);
  border: 1px solid var(--st-primary-color); background: var(--st-primary-color); color: #fff; cursor: pointer; }
.on button { background: transparent; color: var(--st-text-color); border-color: var(--st-border-color); }
button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; }
"""
JS = """
const FORMATS = ["qr_code", "code_128", "data_matrix", "ean_13", "ean_8", "upc_a", "upc_e"];
const LONGEST = 1280, PAUSE_MS = 250, PATIENCE_MS = 15000;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".scanner");
  const [video, status, button] = ["video", "p", "button"].map((name) => root.querySelector(name));
  const own = (root.own ??= { turn: data.turn, sentAt: 0, stream: null });
  own.tell = setTriggerValue;
  [own.turn, own.hold] = [data.turn, data.hold];
  const say = (word) => { own.said = word; status.textContent = word ? data.words[word] : ""; };
  const show = () => {
    button.textContent = own.stream ? data.words.stop : data.words.start;
    root.classList.toggle("on", Boolean(own.stream));
    say(own.said);
  };
  own.stop = () => {
    own.stream?.getTracks().forEach((track) => track.stop());
    own.stream = video.srcObject = null;
    own.said = "";
    show();
  };
  own.start = async () => {
    try {
      const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
      own.stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch (error) {
      own.stream = null;
      say(navigator.mediaDevices ? "denied" : "insecure");
      return;
    }
    video.srcObject = own.stream;
    own.detector = await makeDetector();
    own.said = "looking";
    show();
    look(own, video);
  };
  button.onclick = () => (own.stream ? own.stop() : own.start());
  show();
  return () => own.stop();
}

async function makeDetector() {
  try {
    const known = await BarcodeDetector.getSupportedFormats();
    const formats = FORMATS.filter((format) => known.includes(format));
    return formats.includes("qr_code") ? new BarcodeDetector({ formats }) : null;
  } catch {
    return null; // this browser has none
  }
}

async function look(own, video) {
  const stream = own.stream;
  while (own.stream === stream && stream) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    if (!video.isConnected) { own.stop(); return; }
    const waits = own.sentTurn === own.turn && Date.now() - own.sentAt < PATIENCE_MS;
    if (video.videoWidth && !waits && !own.hold) await (own.detector ? detect(own, video) : sendFrame(own, video));
  }
}

async function detect(own, video) {
  const found = await own.detector.detect(video).catch(() => []);
  if (found.length) send(own, "code", found[0].rawValue);
}

function sendFrame(own, video) {
  const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
  own.canvas ??= document.createElement("canvas");
  own.canvas.width = Math.round(video.videoWidth * scale);
  own.canvas.height = Math.round(video.videoHeight * scale);
  own.canvas.getContext("2d").drawImage(video, 0, 0, own.canvas.width, own.canvas.height);
  send(own, "frame", own.canvas.toDataURL("image/jpeg", 0.85));
}

function send(own, name, value) {
  own.sentTurn = own.turn;
  own.sentAt = Date.now();
  own.tell(name, value);
}
"""

_scanner = st.components.v2.component("meatlab_live_scanner", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True)
class Seen:
    """What the camera saw: a code that the browser has read, or a frame for us to read."""

    text: str | None = None
    frame: bytes | None = None


def look(key: str, *, hold: bool = False) -> None:
    """Draws the scanner.

    Args:
        hold: send nothing until it is drawn again. What arrives while another page is being shown would end that.
    """
    turn = f"{TURN}_{key}"
    if not hold:
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
    words = {name: t(f"scan.live_{name}") for name in ("start", "stop", "looking", "denied", "insecure")}
    note = partial(_note, key)
    _scanner(
        data={"turn": st.session_state.get(turn, 0), "hold": hold, "words": words}, key=key, on_code_change=note,
        on_frame_change=note,
    )  # fmt: skip


def seen(key: str) -> Seen | None:
    """What it has seen since it was drawn last; asked before it is drawn again."""
    found: Seen | None = st.session_state.pop(f"{SEEN}_{key}", None)
    return found


def _note(key: str) -> None:
    sent: Any = st.session_state[key]
    if isinstance(sent.get("code"), str):
        st.session_state[f"{SEEN}_{key}"] = Seen(text=sent["code"])
    elif isinstance(sent.get("frame"), str):
        st.session_state[f"{SEEN}_{key}"] = Seen(frame=_bytes(sent["frame"]))


def _bytes(url: str) -> bytes:
    """The picture of a data: URL; nothing where it is none, for a page can send anything."""
    if len(url) > LARGEST_FRAME:
        return b""
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except binascii.Error:
        return b""
