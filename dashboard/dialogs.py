"""Forms in dialogs: opened fresh on one version of a sample, saved once, and nothing typed is lost on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID, uuid4

import streamlit as st

from core import clock
from core.errors import Stale
from dashboard import confirmations, navigation, notices
from dashboard.language import t
from dashboard.values import differences


@dataclass
class Opened:
    """One opening of a form: the version it is about, whether it is saved, and who was faster."""

    version: int
    id: UUID = field(default_factory=uuid4)
    done: bool = False
    stale: Stale | None = None


def opener(
    form: str, label: str, icon: str, version: int, show: Callable[[], None], *,
    fill: Mapping[str, Any] | None = None, title: str | None = None,
    kind: Literal["primary", "secondary"] = "secondary",
    width: Literal["small", "medium", "large"] = "medium", name: str = "", then: str | None = None,
) -> None:  # fmt: skip
    """A button that opens a form, filled with these values; `name` tells two buttons of one form apart.

    Once the form is saved, the page shows itself anew, or the page `then` comes.
    """
    if st.button(label, key=f"open_{form}_{name}", icon=f":material/{icon}:", type=kind):
        begin(form, version, fill or {})
        st.dialog(title or label, width=width)(partial(_show, form, show, then))()


def begin(form: str, version: int, fill: Mapping[str, Any]) -> None:
    """Forgets what the form held before, and puts values into it."""
    st.session_state[_kept(form)] = Opened(version)
    notices.clear(form)
    confirmations.clear(form)
    for name, value in fill.items():
        st.session_state[key(form, name)] = value


def opened(form: str) -> Opened:
    found: Opened = st.session_state[_kept(form)]
    return found


def key(form: str, name: str) -> str:
    """Of a widget in this opening of the form."""
    return f"{form}_{name}_{opened(form).id.hex}"


def value(form: str, name: str, default: Any = None) -> Any:
    held = st.session_state.get(key(form, name), default)
    return (held.strip() or None) if isinstance(held, str) else held


def mend(form: str, name: str) -> None:
    """What is wrong with a field, right under it."""
    if message := notices.findings(form).get(name):
        st.error(message, icon=":material/error:")


def save(
    form: str, action: Callable[[int, list[str]], Any], message: str, *, undo: Callable[[], None] | None = None
) -> None:
    """Runs the form's action with its version and the confirmed warnings; a second click finds it done."""
    state = opened(form)
    if state.done:
        return
    state.stale = None
    if notices.attempt(partial(_send, form, state, action), form=form) is not None:
        state.done = True
        notices.tell(message, undo=undo)


def show_save(form: str, label: str, action: Callable[[], None], *, icon: str = "save") -> None:
    """What is to be confirmed, who was faster, what happened, and the button."""
    confirmations.show(form)
    _show_stale(form)
    notices.show()  # here, where the eye is, and so that nothing above moves away under the hand
    st.button(
        label, key=key(form, "save"), type="primary", icon=f":material/{icon}:", on_click=action, width="stretch"
    )  # fmt: skip


def ask_instant(form: str, name: str, label: str) -> None:
    """Day and time in Seoul."""
    st.datetime_input(label, value=None, key=key(form, name), step=timedelta(minutes=1), format="YYYY-MM-DD")
    mend(form, name)


def instant(form: str, name: str, before: datetime | None = None) -> datetime | None:
    """What was typed, as an instant; unchanged it is exactly the one that was there."""
    typed = value(form, name)
    if typed is None or (before is not None and typed == as_typed(before)):
        return before if typed is not None else None
    return datetime.replace(typed, tzinfo=clock.SEOUL)


def as_typed(at: datetime) -> datetime:
    """As the widget holds it: minutes in Seoul."""
    return at.astimezone(clock.SEOUL).replace(tzinfo=None, second=0, microsecond=0)


def _show(form: str, show: Callable[[], None], then: str | None) -> None:
    if opened(form).done:
        if then is not None:
            st.switch_page(navigation.to(then))
        st.rerun()
    show()


def _send(form: str, state: Opened, action: Callable[[int, list[str]], Any]) -> Any:
    try:
        return confirmations.send(form, partial(action, state.version))
    except Stale as refusal:
        state.stale = refusal
        raise


def _show_stale(form: str) -> None:
    """Somebody else was faster: what they wrote beside what is typed here, and a way to go on knowingly."""
    refusal = opened(form).stale
    if refusal is None:
        return
    with st.container(border=True):
        st.markdown(f":material/sync_problem: **{t('edit.clash')}**")
        if refusal.differing:
            differences(refusal.differing, t("edit.theirs"), t("edit.mine"))
        st.button(t("edit.keep_mine"), key=key(form, "keep_mine"), on_click=_keep_mine, args=(form,))


def _keep_mine(form: str) -> None:
    state = opened(form)
    if state.stale is not None:
        state.version, state.stale = state.stale.values["current_version"], None


def _kept(form: str) -> str:
    return f"opened_{form}"
