"""People as a manager sees them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from core import accounts, samples, users
from core.accounts import NewUser
from core.db import transaction
from core.errors import BadInput, Conflict, EmailTaken, LastManager, MeatlabError, NotAllowed, NotFound, SignInRefused
from core.inputs import read
from core.policy import ROLES, Actor
from core.tables import AuditEvent, SessionRow, User
from core.users import UserChange, UserFilter
from tests.makers import PASSWORD, make_sample, make_user


def new_user(**changes: object) -> NewUser:
    return read(NewUser, {"email": f"{uuid4().hex}@example.com", "name": "새 사람", "password": PASSWORD} | changes)


@pytest.fixture
def only_managers() -> Iterator[tuple[Actor, Actor]]:
    """Two managers, who are the only active ones."""
    with transaction() as session:
        others = list(session.scalars(select(User.id).where(User.role == "manager", User.state == "active")))
        session.execute(update(User).where(User.id.in_(others)).values(state="awaiting"))
    two = make_user("manager"), make_user("manager")
    yield two
    with transaction() as session:
        session.execute(update(User).where(User.id.in_(others)).values(state="active"))
        session.execute(update(User).where(User.id.in_([a.id for a in two])).values(state="deactivated"))


@pytest.mark.parametrize("role", ROLES)
def test_only_a_manager_sees_and_changes_people(role: str) -> None:
    actor, person = make_user(role), make_user()
    allowed = []
    for action in (
        lambda: users.page(actor, UserFilter()),
        lambda: users.waiting(actor),
        lambda: users.get(actor, person.id),
        lambda: users.create(actor, new_user()),
        lambda: users.change_role(actor, person.id, "researcher"),
        lambda: users.deactivate(actor, person.id),
        lambda: users.activate(actor, person.id),
    ):
        try:
            action()
            allowed.append(True)
        except NotAllowed:
            allowed.append(False)
    assert allowed == [role == "manager"] * 7


def test_the_list_is_filtered_and_walked() -> None:
    manager, mark = make_user("manager"), uuid4().hex[:8]
    made = [
        users.create(manager, new_user(name=f"{name} {mark}", role=role, email=f"{name}.{mark}@example.com"))
        for name, role in (("나", "researcher"), ("가", "normal"), ("다", "normal"))
    ]
    users.deactivate(manager, made[2].id)
    assert [row.name[0] for row in users.page(manager, UserFilter(q=mark.upper())).rows] == ["가", "나", "다"]
    assert users.page(manager, UserFilter(q=f"나.{mark}")).rows == (users.get(manager, made[0].id),)
    assert [row.id for row in users.page(manager, UserFilter(q=mark, role="researcher")).rows] == [made[0].id]
    assert [row.id for row in users.page(manager, UserFilter(q=mark, state="deactivated")).rows] == [made[2].id]
    assert not users.page(manager, UserFilter(q="%")).rows
    first = users.page(manager, UserFilter(q=mark), limit=2)
    assert (len(first.rows), first.total) == (2, 3)
    rest = users.page(manager, UserFilter(q=mark, after=first.rows[-1].id), limit=2, count=False)
    assert ([row.name[0] for row in rest.rows], rest.total) == (["다"], None)
    with pytest.raises(BadInput):
        users.page(manager, UserFilter(after=uuid4()))


def test_those_who_wait_come_first_and_are_let_in() -> None:
    manager, person = make_user("manager"), make_user(state="awaiting")
    before = users.waiting(manager)
    assert users.page(manager, UserFilter()).rows[0].state == "awaiting"
    assert users.page(manager, UserFilter(q=person.email)).rows[0].state == "awaiting"
    with pytest.raises(SignInRefused):
        accounts.sign_in(person.email, PASSWORD, "device")
    for _ in range(2):
        assert users.activate(manager, person.id).state == "active"
    assert users.waiting(manager) == before - 1
    assert accounts.sign_in(person.email, PASSWORD, "device").actor == person


def test_a_new_account_works_at_once_and_its_password_is_nowhere() -> None:
    manager, new = make_user("manager"), new_user(role="researcher", organisation="축산과학원", id=uuid4())
    made = users.create(manager, new)
    assert made == users.create(manager, new)  # sent twice
    assert (made.id, made.role, made.state, made.organisation) == (new.id, "researcher", "active", "축산과학원")
    assert PASSWORD not in repr(made)
    assert accounts.sign_in(new.email, PASSWORD, "device").actor.role == "researcher"
    with pytest.raises(EmailTaken):
        users.create(manager, new_user(email=new.email.upper()))
    with pytest.raises(Conflict):
        users.create(manager, new_user(id=new.id))
    with transaction() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == str(made.id))).all()
        assert [event.action for event in events] == ["user.created", "session.opened"]
        assert PASSWORD not in str([event.after for event in events])


def test_the_same_new_account_at_the_same_moment_is_one() -> None:
    manager, new = make_user("manager"), new_user(id=uuid4())
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: users.create(manager, new), range(4)))
    assert len(set(made)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"), ("email", "a" * 400 + "@example.com"), ("name", " "), ("name", "x" * 101),
        ("name", "a\0b"), ("role", "king"), ("language", "fr"), ("password", "x" * 201), ("organisation", "x" * 201),
        ("unknown", 1), ("id", "x"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        new_user(**{field: value})
    assert [finding.field for finding in refused.value.findings] == [field]


def test_a_new_role_and_a_closed_account_work_at_the_next_click() -> None:
    manager, person = make_user("manager"), make_user()
    token = accounts.sign_in(person.email, PASSWORD, "device").token
    sample = make_sample(person)
    users.change_role(manager, person.id, "researcher")
    found = accounts.signed_in(token)
    assert found is not None
    assert found.actor.role == "researcher"
    users.deactivate(manager, person.id)
    assert accounts.signed_in(token) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in(person.email, PASSWORD, "device")
    assert samples.get(manager, sample.id).created_by == person.name  # what they made stays
    users.activate(manager, person.id)
    assert accounts.signed_in(token) is None  # the old sign-ins stay ended
    with transaction() as session:
        assert not session.scalars(select(SessionRow).where(SessionRow.user_id == person.id)).all()


def test_every_change_is_in_the_history_once() -> None:
    manager, person = make_user("manager"), make_user()
    for _ in range(2):
        users.change(manager, person.id, UserChange(role="researcher", state="deactivated"))
    with transaction() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == str(person.id))).all()
        assert [(event.action, event.before, event.after) for event in events] == [
            ("user.change_role", {"role": "normal"}, {"role": "researcher"}),
            ("user.deactivate", {"state": "active"}, {"state": "deactivated"}),
        ]


def test_nobody_changes_their_own_account() -> None:
    manager = make_user("manager")
    for action in (
        lambda: users.change_role(manager, manager.id, "normal"),
        lambda: users.deactivate(manager, manager.id),
    ):
        with pytest.raises(NotAllowed):
            action()
    with pytest.raises(NotFound):
        users.deactivate(manager, uuid4())


def test_the_last_manager_stays_one(only_managers: tuple[Actor, Actor]) -> None:
    first, second = only_managers
    users.change_role(first, second.id, "researcher")
    for action in (
        lambda: users.change_role(second, first.id, "researcher"),  # on a screen that is a moment old
        lambda: users.deactivate(second, first.id),
    ):
        with pytest.raises(LastManager):
            action()
    assert users.get(first, first.id).role == "manager"
    users.change_role(first, second.id, "manager")
    users.deactivate(second, first.id)


@pytest.mark.parametrize("what", [UserChange(role="normal"), UserChange(state="deactivated")], ids=str)
def test_two_managers_who_end_each_other_at_the_same_moment_leave_one(
    only_managers: tuple[Actor, Actor], what: UserChange
) -> None:
    gate = Barrier(2)

    def end(actor: Actor, other: Actor) -> str:
        gate.wait()
        try:
            users.change(actor, other.id, what)
        except MeatlabError as refusal:
            return refusal.code
        return "done"

    first, second = only_managers
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(end, first, second), pool.submit(end, second, first)]
        assert sorted(each.result() for each in both) == ["done", "last_manager"]
    with transaction() as session:
        active = session.scalars(select(User.id).where(User.role == "manager", User.state == "active")).all()
    assert len(active) == 1
