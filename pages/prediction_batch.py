"""Predict many: the model over everything that a filter leaves, in the background; looked at, accepted or not."""

import streamlit as st

from core.policy import Actor
from core.predictions import batches
from core.predictions.batches import BatchFilter
from dashboard import batch_view, filters, notices, sample_filter
from dashboard.batch_results import show_results
from dashboard.language import plain, t
from dashboard.prediction_parts import warn_if_generated
from dashboard.prediction_view import live_model
from dashboard.session import current_actor
from dashboard.widgets import empty
from dashboard.width import is_narrow


def show_start(actor: Actor, *, is_phone: bool) -> None:
    """What would be predicted, by which model; and the button."""
    st.caption(t("prediction_batch.what"))
    narrowed, _ = sample_filter.choose_filter(actor, is_narrow=is_phone, with_order=False)
    heated = filters.synced(
        "heated", lambda given: given == "true", lambda chosen: "true",
        lambda key: st.toggle(t("prediction_batch.heated"), key=key, help=t("prediction_batch.heated_help")),
    )  # fmt: skip
    wanted = BatchFilter(**narrowed.model_dump(), heated=bool(heated))
    live = live_model()
    if live is None:
        empty("prediction.no_model")
        return
    n = batches.count(actor, wanted)
    warn_if_generated(live.trained_on)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("prediction_batch.start", n=n), key="batch_start", type="primary", icon=":material/play_arrow:",
            disabled=not n, on_click=start, args=(wanted,),
        )  # fmt: skip
        st.caption(plain(t("prediction_batch.by", name=f"{live.name} {live.version}")), width="content")
    if not n:
        empty("prediction_batch.none_fit")


def start(wanted: BatchFilter) -> None:
    """A callback."""
    if (found := notices.attempt(lambda: batches.start(current_actor(), wanted))) is not None:
        batch_view.open_batch(found.id)


actor = current_actor()
is_phone = is_narrow()
batch_id = batch_view.in_address()
if batch_id is None:
    show_start(actor, is_phone=is_phone)
    batch_view.show_list(actor)
elif (found := batch_view.find(actor, batch_id)) is None:
    empty("prediction_batch.not_found")
    st.button(t("prediction_batch.back"), key="batch_back", icon=":material/arrow_back:", on_click=batch_view.leave)
else:
    batch_view.show_state(actor, found)
    show_results(actor, found, is_phone=is_phone)
