"""Models: which versions there are, how good each is, what was live when, and training on one's own data."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st

from core import model_versions
from core.model_versions import ModelView
from core.policy import Actor
from dashboard import filters, model_entry
from dashboard.language import plain, t
from dashboard.prediction_parts import warn_if_generated
from dashboard.report_view import show_report
from dashboard.session import current_actor
from dashboard.training_view import show_training
from dashboard.version_view import VERSION, name_text, show_history, show_live, show_version
from dashboard.widgets import empty
from dashboard.width import is_narrow


def show_versions(actor: Actor) -> None:
    """The versions on the left, the report of one of them on the right; one below the other on a phone."""
    versions = model_versions.browse(actor)
    show_live(actor, versions, model_versions.promotions(actor))
    if not versions:
        empty("models.none")
        return
    live = next((version for version in versions if version.is_live), None)
    shown = in_address(versions) or live or versions[0]
    for version in versions:
        show_version(actor, version, live, is_shown=version.id == shown.id)
    st.header(plain(t("models.report_of", name=name_text(shown))), anchor="report", divider="gray")
    warn_if_generated(shown.trained_on)
    if shown.report:
        show_report(report_of(shown), str(shown.id))
    else:
        empty("models.no_report")


def report_of(version: ModelView) -> dict[str, object]:
    """With what the version itself knows, where the report leaves it out."""
    known = {
        "name": version.name, "version": version.version, "sha256": version.sha256, "trained_on": version.trained_on,
    }  # fmt: skip
    return known | version.report


def in_address(versions: list[ModelView]) -> ModelView | None:
    try:
        wanted = UUID(st.query_params.get(VERSION, ""))
    except ValueError:
        return None
    return next((version for version in versions if version.id == wanted), None)


def show_past(actor: Actor) -> None:
    st.caption(t("models.about_history"))
    show_history(model_versions.promotions(actor))


def show_guide(actor: Actor) -> None:
    st.markdown(t("training.guide"))
    model_entry.show_button()


VIEWS: dict[str, Callable[[Actor], None]] = {
    "versions": show_versions, "history": show_past, "training": show_training, "guide": show_guide,
}  # fmt: skip

actor = current_actor()
is_narrow()  # the charts are drawn for it
VIEWS[filters.tab("view", t("models.view"), {name: t(f"models.view_{name}") for name in VIEWS})](actor)
