"""Why a model says what it says of a photo: what was measured in it, where the model looked, which photos are alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core import ids
from core.labels import SCORES, VALUES
from core.model_versions import ModelInfo
from core.predictions import Similar
from dashboard import looking, stored_photos
from dashboard.language import plain, t
from dashboard.looking import Photo, Unusable
from dashboard.photo_layers import show_layers
from dashboard.prediction_parts import target_name, value_decimals
from dashboard.timeline import place_name
from dashboard.widgets import empty, name_of, numbers, sample_link

DECIMALS = {
    "fleck_count": 0, "fleck_size": 2, "fleck_width": 2, "fineness": 2, "texture_contrast": 2, "texture_homogeneity": 2,
    "texture_energy": 2, "texture_correlation": 2, "eye_share": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """Which targets a model version answered of a photo, and what it was told beside it."""

    version: ModelInfo
    targets: Sequence[str]
    species: str
    cut: str | None


def show_explanation(photo: Photo, address: str, alt: str, answered: Answered | None) -> None:
    """The marbling on the left, where the model looked on the right; one below the other on a phone.

    Args:
        address: of the photo for the browser.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        _show_marbling(photo, address, alt)
    with right:
        _show_attention(photo, address, alt, answered)


def _show_marbling(photo: Photo, address: str, alt: str) -> None:
    st.subheader(t("predict.measured"), anchor=False)
    with st.spinner(t("predict.measuring"), show_time=True):
        found = looking.measure(photo)
    if found is None:
        show_layers(address, alt, "predict_marbling")
        st.warning(t("predict.no_meat"), icon=":material/no_photography:")
        return
    show_layers(address, t("predict.marbling_alt", photo=alt), "predict_marbling", found.layer)
    st.caption(t("predict.about_marbling"))
    show_measures(found.values)
    st.caption(t("predict.about_measures"))


def show_measures(values: Mapping[str, float]) -> None:
    units = looking.units()
    names = [name for name in units if name in values]
    numbers(
        {
            t("predict.measure"): [t(f"photo_measure.{name}") for name in names],
            t("sample.unit"): [units[name] or "-" for name in names],
            t("predict.found"): [f"{values[name]:.{DECIMALS.get(name, 1)}f}" for name in names],
        },
        names=2,
    )  # fmt: skip


@st.fragment
def _show_attention(photo: Photo, address: str, alt: str, answered: Answered | None) -> None:
    st.subheader(t("predict.attention"), anchor=False)
    if answered is None or not answered.targets:
        show_layers(address, alt, "predict_attention")
        st.info(t("predict.nothing_to_explain"), icon=":material/info:")
        return
    place = st.container()
    names = {target: target_name(target) for target in answered.targets}
    target = st.selectbox(
        t("predict.target"), list(names), format_func=names.__getitem__, key="predict_target",
        help=t("predict.target_help"),
    )  # fmt: skip
    with place:
        try:
            with st.spinner(t("predict.explaining"), show_time=True):
                layer = looking.explain(answered.version, photo, target, answered.species, answered.cut)
        except Unusable:
            st.error(t("predict.unusable"), icon=":material/error:")
            return
        told = t("predict.attention_alt", target=target_name(target), photo=alt)
        show_layers(address, told, "predict_attention", layer)
        st.caption(t("predict.about_attention"))


def show_similar(found: Sequence[Similar], *, is_phone: bool) -> None:
    """The photos that the model finds most alike, with what people found of them."""
    st.subheader(t("predict.similar"), anchor=False)
    if not found:
        empty("predict.none_similar")
        return
    st.caption(t("predict.about_similar"))
    if is_phone:
        for one in found:
            with st.container(border=True, horizontal=True):
                st.image(stored_photos.url(one.photo_id, 256), alt=_named(one), width=88)
                with st.container(gap=None, width="stretch"):
                    _say_one(one)
        return
    for start in range(0, len(found), 4):
        for column, one in zip(st.columns(4), found[start : start + 4], strict=False):
            with column.container(border=True):
                st.image(stored_photos.url(one.photo_id, 256), alt=_named(one), width="stretch")
                _say_one(one)
    numbers(_table(found), names=3)


def _say_one(one: Similar) -> None:
    sample_link(one.sample_id)
    st.caption(plain(_said(one)))


def _named(one: Similar) -> str:
    return f"{ids.pretty(one.sample_id)} · {place_name(one.seq, one.preparation)}"


def _said(one: Similar) -> str:
    return " · ".join(
        [_grade(one), place_name(one.seq, one.preparation), t("predict.distance", distance=f"{one.distance:.2f}")]
    )


def _grade(one: Similar) -> str:
    return name_of("grades", one.grade) if one.grade else "-"


def _table(found: Sequence[Similar]) -> dict[str, list[str]]:
    """All that was measured of the similar photos, a line a photo."""
    table = {
        t("sample.id"): [ids.pretty(one.sample_id) for one in found],
        t("sample.photo"): [place_name(one.seq, one.preparation) for one in found],
        t("sample.grade"): [_grade(one) for one in found],
    }
    for name in (*SCORES, *VALUES):
        decimals = value_decimals(name) if name in VALUES else 1
        seen = [(one.values if name in VALUES else one.scores).get(name) for one in found]
        if any(value is not None for value in seen):
            table[target_name(name)] = ["-" if value is None else f"{value:.{decimals}f}" for value in seen]
    return table
