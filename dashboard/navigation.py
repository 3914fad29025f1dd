"""The one list of pages: who sees which, in which group. A page that is not listed for a role does not run for it.

This is convenience, not the guard: callbacks run before the router does, so core asks the policy again each time.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.policy import Actor
from dashboard.language import t

PAGES = Path(__file__).resolve().parent.parent / "pages"
ALL = ("normal", "researcher", "manager")
STAFF = ("researcher", "manager")


@dataclass(frozen=True)
class Entry:
    """One page: its file stem is its address; `listed` is False for pages that one reaches from others."""

    stem: str
    group: str
    icon: str
    roles: tuple[str, ...]
    listed: bool = True


REGISTRY = (
    Entry("home", "start", "home", ALL),
    Entry("register", "collect", "add_a_photo", ALL),
    Entry("my_samples", "collect", "inventory_2", ("normal",)),
    Entry("review_queue", "work", "rule", STAFF),
    Entry("samples", "work", "table_rows", STAFF),
    Entry("sample", "work", "nutrition", ALL, listed=False),
    Entry("edit", "work", "edit", ALL, listed=False),
    Entry("workbooks", "work", "table_view", STAFF),
    Entry("scan", "work", "qr_code_scanner", ALL),
    Entry("labels", "work", "label", ALL),
    Entry("recycle_bin", "work", "delete", STAFF),
    Entry("overview", "understand", "dashboard", STAFF),
    Entry("regions", "understand", "map", STAFF),
    Entry("grades", "understand", "workspace_premium", STAFF),
    Entry("taste", "understand", "restaurant", STAFF),
    Entry("laboratory", "understand", "science", STAFF),
    Entry("relations", "understand", "scatter_plot", STAFF),
    Entry("compare", "understand", "compare_arrows", STAFF),
    Entry("panel", "understand", "groups", STAFF),
    Entry("quality", "understand", "fact_check", STAFF),
    Entry("methods", "understand", "functions", STAFF),
    Entry("predict", "predict", "insights", STAFF),
    Entry("prediction_batch", "predict", "dynamic_feed", STAFF),
    Entry("models", "predict", "model_training", STAFF),
    Entry("users", "manage", "group", ("manager",)),
    Entry("profile", "person", "account_circle", ALL),
)


def pages(actor: Actor) -> dict[str, list[StreamlitPage]]:
    """The pages of the actor's role by group title, for st.navigation."""
    grouped: dict[str, list[StreamlitPage]] = {}
    for entry in REGISTRY:
        if actor.role in entry.roles:
            grouped.setdefault(t(f"group.{entry.group}"), []).append(_page(entry))
    return grouped


def addresses() -> tuple[str, ...]:
    """All addresses but the start page's: registered for visitors too, so that a deep link survives sign-in."""
    return tuple(entry.stem for entry in REGISTRY if entry.stem != "home")


def to(stem: str) -> Path:
    """What st.switch_page and st.page_link take."""
    return PAGES / f"{stem}.py"


def _page(entry: Entry) -> StreamlitPage:
    return st.Page(
        to(entry.stem),
        title=t(f"{entry.stem}.title"),
        icon=f":material/{entry.icon}:",
        url_path=None if entry.stem == "home" else entry.stem,
        default=entry.stem == "home",
        visibility="visible" if entry.listed else "hidden",
    )
