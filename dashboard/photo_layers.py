"""A photo with something drawn over it, and a slider for how strongly; blended in the browser, so that it is quick.

A photo that is not public is never given to st.image as bytes, which anybody could fetch: it goes as an address behind
the session cookie, or inside the message to this one browser.
"""

import base64
from typing import Any

import streamlit as st

from dashboard.language import t

USUAL = 60  # percent
_layers = st.components.v2.component(
    "meatlab_photo_layers",
    html="""
<figure>
  <div class="frame"><img class="photo" /><img class="layer" alt="" aria-hidden="true" /></div>
  <label><span></span><input type="range" min="0" max="100" step="5" /><output></output></label>
</figure>
""",
    css="""
figure { margin: 0; }
.frame { position: relative; line-height: 0; border-radius: var(--st-base-radius); overflow: hidden; }
img { width: 100%; height: auto; display: block; }
.layer { position: absolute; inset: 0; height: 100%; pointer-events: none; }
label {
  display: flex; align-items: center; gap: 0.75rem; padding-top: 0.6rem; min-height: 2.5rem;
  font-family: var(--st-font); font-size: 0.875rem; color: var(--st-text-color);
}
input { flex: 1; min-width: 0; accent-color: var(--st-primary-color); height: 1.75rem; cursor: pointer; }
output { min-width: 3.2rem; text-align: right; font-variant-numeric: tabular-nums; }
[hidden] { display: none; }
""",
    js="""
export default function ({ data, parentElement }) {
  const [photo, layer, input, output, name] =
    [".photo", ".layer", "input", "output", "span"].map((one) => parentElement.querySelector(one));
  if (photo.getAttribute("src") !== data.photo) photo.src = data.photo;
  photo.alt = data.alt;
  parentElement.querySelector("label").hidden = layer.hidden = !data.layer;
  if (!data.layer) return;
  if (layer.getAttribute("src") !== data.layer) layer.src = data.layer;
  const show = () => { layer.style.opacity = input.value / 100; output.textContent = `${input.value} %`; };
  if (!input.dataset.moved) input.value = data.strength;
  input.setAttribute("aria-label", `${data.label}: ${data.alt}`);
  name.textContent = data.label;
  input.oninput = () => { input.dataset.moved = "yes"; show(); };
  show();
}
""",
)


def show_layers(photo: str, alt: str, key: str, layer: str | None = None) -> None:
    """A photo, and over it, if there is one, a picture of the same shape.

    Args:
        photo, layer: addresses of this site, or what `inline` makes of a picture.
    """
    data: dict[str, Any] = {
        "photo": photo, "alt": alt, "layer": layer, "label": t("predict.strength"), "strength": USUAL,
    }  # fmt: skip
    _layers(data=data, key=key, width="stretch", height="content")


def inline(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
