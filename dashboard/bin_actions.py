"""Moving a sample to the recycle bin, wherever a page offers it: asked once, with a reason, and taken back at once."""

from functools import partial
from typing import Literal

import streamlit as st

from core import clock, ids, policy, recycle_bin
from core.config import settings
from core.policy import Relation
from core.samples import SampleRow, SampleView
from dashboard import dialogs, notices
from dashboard.language import t
from dashboard.session import current_actor

FORM = "bin_remove"


def show_remove(
    sample: SampleView | SampleRow, *, own: bool = False, kind: Literal["primary", "secondary"] = "secondary"
) -> None:
    """The button, where the actor may. `own` says of a row of a list whether it is theirs; a view says it itself.

    From the page of the sample itself one comes to the list, because the sample is not there any more.
    """
    role = current_actor().role
    is_page = isinstance(sample, SampleView)
    in_time = sample.edit_until is not None and clock.now() < sample.edit_until
    relation = Relation(own=sample.is_own if isinstance(sample, SampleView) else own, window_open=in_time)
    if policy.allows(current_actor(), "sample.move_to_bin", relation):
        dialogs.opener(
            FORM, t("recycle_bin.remove"), "delete", sample.version, partial(_ask, sample.id), kind=kind,
            name=sample.id, then=("my_samples" if role == "normal" else "samples") if is_page else None,
        )  # fmt: skip


def restore(sample_id: str) -> None:
    """A callback: brings a sample back."""
    if notices.attempt(partial(recycle_bin.restore, current_actor(), sample_id)) is not None:
        notices.tell(t("recycle_bin.restored", id=ids.pretty(sample_id)))


def _ask(sample_id: str) -> None:
    st.markdown(f"**{ids.pretty(sample_id)}**")
    key = "recycle_bin.will_happen" if _may_restore() else "recycle_bin.will_happen_to_maker"
    st.markdown(t(key, days=settings().retention_days))
    st.text_area(t("recycle_bin.reason"), key=dialogs.key(FORM, "reason"), max_chars=2000)
    dialogs.mend(FORM, "reason")
    dialogs.show_save(FORM, t("recycle_bin.remove"), partial(_remove, sample_id), icon="delete")


def _remove(sample_id: str) -> None:
    actor, reason = current_actor(), dialogs.value(FORM, "reason") or ""
    undo = partial(restore, sample_id) if _may_restore() else None
    dialogs.save(
        FORM, lambda version, _: recycle_bin.remove(actor, sample_id, version, reason),
        t("recycle_bin.removed", id=ids.pretty(sample_id)), undo=undo,
    )  # fmt: skip


def _may_restore() -> bool:
    return policy.may_ever(current_actor().role, "sample.restore")
