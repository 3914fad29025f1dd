"""The person's language: from the profile, else what they chose on the sign-in page, else the browser's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

import streamlit as st

from core import clock, words
from core.policy import Actor

CHOSEN = "language"
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def language(actor: Actor | None = None) -> str:
    """The language of this run; the router sets it once per run."""
    if spoken := _spoken.get():
        return spoken
    if actor is not None and actor.language:
        st.session_state[CHOSEN] = actor.language
    return st.session_state.get(CHOSEN) or words.best_language(st.context.locale)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """In this language: for what is made when no page runs, as files are that somebody downloads."""
    token = _spoken.set(chosen)
    try:
        yield
    finally:
        _spoken.reset(token)


def t(key: str, **values: Any) -> str:
    """The words for a key in the person's language."""
    return words.text(language(), key, **values)


def when(instant: datetime | None) -> str:
    return "-" if instant is None else instant.astimezone(clock.SEOUL).strftime("%Y-%m-%d %H:%M")


def day(value: date | None) -> str:
    return "-" if value is None else value.isoformat()


def time_left(until: datetime) -> str:
    """How long until then, in the largest unit that tells something."""
    minutes = max(0, int((until - clock.now()).total_seconds() // 60))
    if minutes >= 48 * 60:
        return t("time.days_left", days=minutes // (24 * 60))
    if minutes >= 60:
        return t("time.hours_left", hours=minutes // 60)
    return t("time.minutes_left", minutes=minutes)


def ago(since: datetime) -> str:
    minutes = max(0, int((clock.now() - since).total_seconds() // 60))
    if minutes >= 48 * 60:
        return t("time.days_ago", days=minutes // (24 * 60))
    if minutes >= 60:
        return t("time.hours_ago", hours=minutes // 60)
    return t("time.minutes_ago", minutes=minutes)


def plain(text: str) -> str:
    """What somebody typed, shown as it was typed where the widget would read markup."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", text)
