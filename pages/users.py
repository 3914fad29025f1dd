"""Users: who has an account, what role each has, who may sign in."""

import math
from functools import partial

import streamlit as st

from core import users
from core.accounts import MINIMUM_PASSWORD, NewUser
from core.inputs import read
from core.policy import ROLES, Actor
from core.users import UserChange, UserFilter, UserView
from dashboard import dialogs, filters, notices
from dashboard.language import plain, t
from dashboard.session import current_actor
from dashboard.widgets import empty

PAGE_SIZE = 25
NEW, EDIT = "user_new", "user_edit"
STATES = {
    "awaiting": ("orange", "hourglass_top"),
    "active": ("green", "check_circle"),
    "deactivated": ("gray", "block"),
}


def ask_new() -> None:
    labels = {"name": t("users.name"), "email": t("sign_in.email"), "organisation": t("users.organisation")}
    for name, label in labels.items():
        star = "" if name == "organisation" else " *"
        st.text_input(label + star, key=dialogs.key(NEW, name), max_chars=200)
        dialogs.mend(NEW, name)
    ask_role(NEW)
    # Readable, because whoever makes the account hands it over; and a masked field keeps what was typed to itself when
    # one leaves it by its own "show" button.
    st.text_input(
        t("users.password") + " *", key=dialogs.key(NEW, "password"), max_chars=200, autocomplete="off",
        help=t("users.password_help", n=MINIMUM_PASSWORD),
    )  # fmt: skip
    dialogs.mend(NEW, "password")
    dialogs.show_save(NEW, t("users.create"), create, icon="person_add")


def ask_role(form: str) -> None:
    names = {role: t(f"role.{role}") for role in ROLES}
    st.selectbox(t("users.role"), list(names), format_func=names.__getitem__, key=dialogs.key(form, "role"))


def create() -> None:
    fields = ("name", "email", "organisation", "role")
    sent = {name: dialogs.value(NEW, name) for name in fields} | {"id": dialogs.opened(NEW).id}
    # As it was typed: a blank at its end belongs to a password.
    sent["password"] = st.session_state.get(dialogs.key(NEW, "password")) or ""
    given = {name: value for name, value in sent.items() if value is not None}
    actor = current_actor()
    dialogs.save(
        NEW, lambda *_: users.create(actor, read(NewUser, given)),
        t("users.created", name=plain(str(sent["name"]))),
    )  # fmt: skip


def ask_change(person: UserView) -> None:
    st.markdown(f"**{plain(person.name)}** · {plain(person.email)}")
    ask_role(EDIT)
    dialogs.show_save(EDIT, t("users.change_role"), partial(change_role, person), icon="badge")
    st.divider()
    if person.state == "active":
        st.caption(t("users.deactivate_will_happen"))
        st.button(
            t("users.deactivate"), key=f"user_deactivate_{person.id}", icon=":material/block:", width="stretch",
            on_click=set_state, args=(person, "deactivated"),
        )  # fmt: skip
    else:
        show_activate(person)


def change_role(person: UserView) -> None:
    role = dialogs.value(EDIT, "role")
    attempt_change(person, UserChange.model_validate({"role": role}), UserChange.model_validate({"role": person.role}))


def set_state(person: UserView, state: str) -> None:
    back = None if person.state == "awaiting" else UserChange.model_validate({"state": person.state})
    attempt_change(person, UserChange.model_validate({"state": state}), back)


def attempt_change(person: UserView, wanted: UserChange, back: UserChange | None = None) -> None:
    """A callback: changes an account; the notice offers the way back where there is one."""
    done = notices.attempt(partial(users.change, current_actor(), person.id, wanted), form=EDIT)
    if f"opened_{EDIT}" in st.session_state:
        dialogs.opened(EDIT).done = True
    if done is not None:
        undo = partial(attempt_change, person, back) if back is not None else None
        words = t("users.now", name=plain(done.name), role=t(f"role.{done.role}"), state=t(f"users.state_{done.state}"))
        notices.tell(words, undo=undo)


def show_activate(person: UserView) -> None:
    st.button(
        t("users.let_in" if person.state == "awaiting" else "users.activate"), key=f"user_activate_{person.id}",
        icon=":material/how_to_reg:", on_click=set_state, args=(person, "active"),
        type="primary" if person.state == "awaiting" else "secondary",
    )  # fmt: skip


def show_person(actor: Actor, person: UserView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"user_{person.id}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(person.name)}**")
            st.caption(plain(" · ".join(filter(None, [person.email, person.organisation]))))
        st.badge(t(f"role.{person.role}"), color="blue" if person.role == "manager" else "gray")
        color, icon = STATES[person.state]
        st.badge(t(f"users.state_{person.state}"), color=color, icon=f":material/{icon}:")  # type: ignore[arg-type]
        if person.id == actor.id:
            st.caption(t("users.you"), width="content")
            return
        if person.state == "awaiting":
            show_activate(person)
        dialogs.opener(
            EDIT, t("users.change"), "manage_accounts", 0, partial(ask_change, person), fill={"role": person.role},
            name=str(person.id),
        )  # fmt: skip


def choose_filter() -> UserFilter:
    search, role, state = st.columns(3)
    with search:
        q = st.text_input(t("users.search"), key="q", bind="query-params", placeholder=t("users.search_hint"))
    with role:
        wanted_role = filters.choose("role", t("users.role"), {role: t(f"role.{role}") for role in ROLES})
    with state:
        wanted_state = filters.choose("state", t("users.state"), {key: t(f"users.state_{key}") for key in STATES})
    q = "".join(sign for sign in q if sign.isprintable()).strip()[:200]
    return UserFilter.model_validate({"q": q or None, "role": wanted_role, "state": wanted_state})


actor = current_actor()
dialogs.opener(NEW, t("users.new"), "person_add", 0, ask_new, kind="primary", fill={"role": "normal"})
wanted = choose_filter()
number = int(st.session_state.get("page", 1))
found = users.page(actor, wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
st.caption(t("users.found", n=found.total))
if not found.rows:
    empty("users.empty")
for person in found.rows:
    show_person(actor, person)
if found.total and found.total > PAGE_SIZE:
    st.pagination(math.ceil(found.total / PAGE_SIZE), key="page", bind="query-params")
