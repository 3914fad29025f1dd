"""Signing in, and what ends a sign-in."""

from datetime import UTC, datetime, timedelta

import pytest

from core import accounts, clock
from core.accounts import NewUser
from core.db import transaction
from core.errors import BadInput, Conflict, NotAllowed, NotSignedIn, SignInRefused, TooManyAttempts
from core.tables import SessionRow, User
from tests.makers import PASSWORD, make_user

WRONG = "not the password"


def test_the_right_password_opens_a_session_for_that_person() -> None:
    actor = make_user()
    opened = accounts.sign_in(actor.email.upper(), PASSWORD, "device", "phone")
    found = accounts.signed_in(opened.token)
    assert found is not None
    assert found.actor == actor
    assert found.session_id == opened.session_id


@pytest.mark.parametrize("email", ["nobody@example.com", "", "x" * 1000, "a' or 1=1 --"])
def test_an_unknown_person_and_a_wrong_password_get_the_same_answer(email: str) -> None:
    with pytest.raises(SignInRefused) as unknown:
        accounts.sign_in(email, PASSWORD, "device")
    with pytest.raises(SignInRefused) as wrong:
        accounts.sign_in(make_user().email, WRONG, "device")
    assert (unknown.value.code, unknown.value.values) == (wrong.value.code, wrong.value.values)


def test_unstorable_characters_are_refused_as_the_senders_mistake() -> None:
    for email in ("a\0b@example.com", "\ud800@example.com"):
        with pytest.raises(BadInput):
            accounts.sign_in(email, PASSWORD, "device")


@pytest.mark.parametrize("state", ["awaiting", "deactivated"])
def test_an_account_that_is_not_active_cannot_sign_in(state: str) -> None:
    with pytest.raises(SignInRefused):
        accounts.sign_in(make_user(state=state).email, PASSWORD, "device")


def test_five_wrong_passwords_lock_the_account_for_a_while() -> None:
    actor = make_user()
    for _ in range(accounts.ATTEMPTS):
        with pytest.raises(SignInRefused):
            accounts.sign_in(actor.email, WRONG, "device")
    with pytest.raises(TooManyAttempts) as locked:
        accounts.sign_in(actor.email, PASSWORD, "device")
    with clock.at(locked.value.values["until"] + timedelta(seconds=1)):
        assert accounts.sign_in(actor.email, PASSWORD, "device").actor == actor


def test_a_right_password_in_between_starts_the_count_again() -> None:
    actor = make_user()
    for _ in range(2):
        for _ in range(accounts.ATTEMPTS - 1):
            with pytest.raises(SignInRefused):
                accounts.sign_in(actor.email, WRONG, "device")
        accounts.sign_in(actor.email, PASSWORD, "device")


def test_no_secret_is_stored_as_it_is() -> None:
    opened = accounts.sign_in(make_user().email, PASSWORD, "device")
    with transaction() as session:
        row = session.get_one(SessionRow, opened.session_id)
        person = session.get_one(User, opened.actor.id)
        assert opened.token.encode() not in (row.token_hash or b"")
        assert opened.exchange.encode() not in (row.exchange_hash or b"")
        assert PASSWORD not in person.password_hash


def test_a_refresh_token_works_once_and_replaces_the_access_token() -> None:
    first = accounts.sign_in(make_user().email, PASSWORD, "device")
    second = accounts.exchange(first.exchange, "device")
    assert accounts.signed_in(first.token) is None
    assert accounts.signed_in(second.token) is not None
    with pytest.raises(NotSignedIn):
        accounts.exchange(first.exchange, "device")
    assert accounts.signed_in(accounts.exchange(second.exchange, "device").token) is not None


def test_a_refresh_token_is_no_dashboard_ticket() -> None:
    opened = accounts.sign_in(make_user().email, PASSWORD, "device")
    with pytest.raises(NotSignedIn):
        accounts.exchange(opened.exchange, "dashboard")


def test_a_dashboard_ticket_lasts_a_minute_and_works_once() -> None:
    actor = make_user()
    late = accounts.sign_in(actor.email, PASSWORD, "dashboard")
    with clock.at(datetime.now(UTC) + accounts.TICKET_LIFE), pytest.raises(NotSignedIn):
        accounts.exchange(late.exchange, "dashboard")
    in_time = accounts.sign_in(actor.email, PASSWORD, "dashboard")
    assert accounts.signed_in(in_time.token) is None
    assert accounts.signed_in_by_session(in_time.session_id) is None
    token = accounts.exchange(in_time.exchange, "dashboard").token
    assert accounts.signed_in(token) is not None
    assert accounts.signed_in_by_session(in_time.session_id) is not None
    with pytest.raises(NotSignedIn):
        accounts.exchange(in_time.exchange, "dashboard")


def test_tokens_and_sessions_end_by_themselves() -> None:
    opened = accounts.sign_in(make_user().email, PASSWORD, "device")
    with clock.at(opened.token_expires_at):
        assert accounts.signed_in(opened.token) is None
        renewed = accounts.exchange(opened.exchange, "device")
    with clock.at(datetime.now(UTC) + accounts.DEVICE_LIFE), pytest.raises(NotSignedIn):
        accounts.exchange(renewed.exchange, "device")


def test_signing_out_ends_the_session_and_its_refresh_token() -> None:
    opened = accounts.sign_in(make_user().email, PASSWORD, "device")
    accounts.sign_out(opened.session_id)
    assert accounts.signed_in(opened.token) is None
    with pytest.raises(NotSignedIn):
        accounts.exchange(opened.exchange, "device")


def test_a_deactivated_persons_sessions_stop_at_once() -> None:
    opened = accounts.sign_in(make_user().email, PASSWORD, "device")
    with transaction() as session:
        session.get_one(User, opened.actor.id).state = "deactivated"
    assert accounts.signed_in(opened.token) is None
    with pytest.raises(NotSignedIn):
        accounts.exchange(opened.exchange, "device")


def test_a_new_password_ends_every_session() -> None:
    actor = make_user()
    opened = accounts.sign_in(actor.email, PASSWORD, "device")
    with pytest.raises(BadInput) as wrong:
        accounts.change_password(actor, WRONG, "another long password")
    assert wrong.value.findings[0].field == "current_password"
    accounts.change_password(actor, PASSWORD, "another long password")
    assert accounts.signed_in(opened.token) is None
    assert accounts.sign_in(actor.email, "another long password", "device").actor == actor


def test_a_short_password_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        accounts.change_password(make_user(), PASSWORD, "short")
    assert [finding.code for finding in refused.value.findings] == ["password_too_short"]


def test_only_a_manager_makes_accounts_and_an_email_is_taken_once() -> None:
    new = NewUser(email="New.Person@Example.com", name="New", password=PASSWORD)
    new.email = f"{make_user().email}.kr"
    for role in ("normal", "researcher"):
        with pytest.raises(NotAllowed):
            accounts.create(make_user(role), new)
    accounts.create(make_user("manager"), new)
    assert accounts.actor_of(new.email).role == "normal"
    with pytest.raises(Conflict):
        accounts.create(make_user("manager"), new)


def test_a_language_is_one_of_ours() -> None:
    actor = make_user()
    accounts.change_language(actor, "en")
    assert accounts.actor_by_id(actor.id).language == "en"
    with pytest.raises(BadInput):
        accounts.change_language(actor, "fr")
