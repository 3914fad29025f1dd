"""Predict: a photo in, grade and taste out, with how sure, why, and which photos are alike."""

from uuid import UUID

import streamlit as st

from core import photos, predictions, samples
from core.errors import NotFound
from core.model_versions import ModelView
from core.policy import Actor
from dashboard import looking, photo_choice, stored_photos
from dashboard.explanation_view import Answered, show_explanation, show_similar
from dashboard.language import plain, t
from dashboard.looking import Unusable
from dashboard.photo_choice import Taken
from dashboard.photo_layers import inline, show_layers
from dashboard.prediction_parts import (
    Shown,
    show_abstained,
    show_grade,
    show_made_by,
    show_mark,
    show_scores,
    show_values,
    warn_if_generated,
)
from dashboard.prediction_view import as_shown, find_or_ask, live_model, show_verdict
from dashboard.session import current_actor
from dashboard.widgets import cut_name, empty
from dashboard.width import is_narrow

MOST_SIMILAR = 8


def show_taken(actor: Actor, taken: Taken, version: ModelView, *, is_phone: bool) -> None:
    """A photo of this visit: looked at here and now."""
    species, cut = photo_choice.choose_told()
    address = inline(taken.photo.copy)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        show_layers(address, plain(taken.name), "predict_photo")
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(plain(f"{taken.name} · {taken.width} × {taken.height} px · ") + t("predict.not_stored"))
            st.button(t("predict.forget"), key="predict_forget", icon=":material/close:", on_click=photo_choice.forget)
    with right:
        try:
            with st.spinner(t("predict.looking"), show_time=True):
                said = looking.predict(version, taken.photo, species, cut)
        except Unusable:
            st.error(t("predict.unusable"), icon=":material/error:")
            return
        shown = looking.as_shown(said, version, "taken", species)
        warn_if_generated(version.trained_on)
        if not shown.is_empty:
            show_mark(shown)
        show_grade(shown)
        show_abstained(shown.abstained)
    show_scores(shown)
    show_values(shown)
    show_made_by(shown)
    show_explanation(taken.photo, address, taken.name, Answered(version.info, targets(shown), species, cut))
    if said.embedding:
        show_similar(predictions.similar_to(actor, said.embedding, version.id, MOST_SIMILAR), is_phone=is_phone)


def targets(shown: Shown) -> tuple[str, ...]:
    """What there is to explain."""
    return ("grade",) * bool(shown.grade) + (*shown.scores, *shown.values)


def show_stored(actor: Actor, photo_id: UUID, *, is_phone: bool) -> None:
    """A photo of a sample: its prediction is kept with it, beside what was measured."""
    try:
        info = photos.get(actor, photo_id)
        sample = samples.get(actor, info.sample_id or "")
    except NotFound:
        empty("predict.no_such_photo")
        return
    photo_choice.show_place(sample, photo_id)
    shot = photo_choice.shot_of(sample, photo_id)
    if shot is None:  # another photo has taken its place
        empty("predict.no_such_photo")
        return
    alt, address = t("sample.photo_alt", cut=cut_name(sample)), stored_photos.url(photo_id)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        show_layers(address, alt, "predict_photo")
        size = f"{shot.width} × {shot.height} px"
        st.caption(f"{size} · {t('sample.generated_caption')}" if sample.source == "generated" else size)
    with right:
        found = find_or_ask(photo_id)
        shown = as_shown(actor, found, sample.species) if found else None
        if found and shown:
            show_verdict(found, shown)
    if shown:
        show_scores(shown)
        show_values(shown)
        show_made_by(shown)
    photo = photo_choice.read(actor, photo_id)
    answered = Answered(found.model, targets(shown), sample.species, sample.primal_cut) if found and shown else None
    show_explanation(photo, address, alt, answered)
    if found and shown and "not_meat" not in shown.abstained.values():
        show_similar(predictions.similar(actor, photo_id, MOST_SIMILAR), is_phone=is_phone)


actor = current_actor()
is_phone = is_narrow()
source = photo_choice.choose_source()
photo_id = photo_choice.photo_in_address()
if source == "stored":
    if photo_id is None:
        photo_choice.choose_stored(actor, is_narrow=is_phone)
    else:
        show_stored(actor, photo_id, is_phone=is_phone)
else:
    taken = photo_choice.take_photo(source)
    version = live_model()
    if version is None:
        empty("prediction.no_model")
    elif taken is None:
        empty("predict.nothing_yet")
    else:
        show_taken(actor, taken, version, is_phone=is_phone)
