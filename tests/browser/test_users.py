"""Accounts in a real browser: made, changed, closed, each at work at the person's next click."""

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from core.db import transaction
from core.policy import Actor
from core.tables import User
from tests.browser.conftest import PASSWORD, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def manager(visit: Callable[..., Visitor], person: Callable[[str], Actor]) -> Visitor:
    visitor = visit()
    visitor.sign_in(person("manager").email, "/users")
    return visitor


def row(visitor: Visitor, email: str) -> Locator:
    """The line of one person, found by the search."""
    search = visitor.page.get_by_role("textbox", name="Search")
    search.fill(email)
    search.press("Enter")
    expect(visitor.page.get_by_text("1 accounts")).to_be_visible()
    return visitor.page.locator("[class*=st-key-user_]").filter(has_text=email).first


def test_a_new_account_signs_in_and_a_change_works_at_the_next_click(
    visit: Callable[..., Visitor], manager: Visitor
) -> None:
    email = f"new-{secrets.token_hex(4)}@example.com"
    manager.page.get_by_role("button", name="New account").click()
    dialog = manager.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create account").click()
    expect(dialog.get_by_text("Please fill this in.")).to_have_count(2)
    expect(dialog.get_by_text("Please use at least 10 characters.")).to_be_visible()
    for label, text in (("Name", "New Person"), ("Email", email), ("First password", PASSWORD)):
        dialog.get_by_role("textbox", name=label).fill(text)
        dialog.get_by_role("textbox", name=label).press("Tab")
        manager.settle()
    dialog.get_by_role("button", name="Create account").dblclick()
    expect(manager.page.get_by_text("New Person can sign in now.")).to_be_visible()

    newcomer = visit()
    newcomer.sign_in(email)
    expect(newcomer.page.get_by_role("link", name="My samples")).to_be_visible()

    row(manager, email).get_by_role("button", name="Change").click()
    dialog.get_by_role("combobox", name="Role").click()
    manager.page.get_by_role("option", name="Researcher").click()
    manager.settle()
    dialog.get_by_role("button", name="Change role").click()
    expect(manager.page.get_by_text("New Person is now: Researcher, Active.")).to_be_visible()
    newcomer.page.get_by_role("link", name="Register", exact=True).click()
    expect(newcomer.page.get_by_role("link", name="Recycle bin")).to_be_visible()

    row(manager, email).get_by_role("button", name="Change").click()
    expect(dialog.get_by_text("Everything they recorded stays.")).to_be_visible()
    dialog.get_by_role("button", name="Deactivate").click()
    expect(manager.page.get_by_text("New Person is now: Researcher, Deactivated.")).to_be_visible()
    newcomer.page.get_by_role("link", name="Profile").click()
    expect(newcomer.page.get_by_test_id("stForm").get_by_role("textbox")).to_have_count(2)  # the sign-in form
    manager.page.get_by_role("button", name="Undo").click()
    expect(manager.page.get_by_text("New Person is now: Researcher, Active.")).to_be_visible()
    visit().sign_in(email)


def test_who_signed_up_is_let_in(manager: Visitor) -> None:
    email = f"waiting-{secrets.token_hex(4)}@example.com"
    with transaction() as session:
        session.add(User(email=email, name="Waiting", role="normal", state="awaiting", password_hash="none"))
    row(manager, email).get_by_role("button", name="Let in").dblclick()
    expect(manager.page.get_by_text("Waiting is now: Normal user, Active.")).to_be_visible()


def test_the_list_fits_a_phone(visit: Callable[..., Visitor], person: Callable[[str], Actor]) -> None:
    visitor = visit(width=390, height=844, locale="ko-KR")
    manager = person("manager")
    visitor.sign_in(manager.email, f"/users?q={manager.email}")
    expect(visitor.page.get_by_text("본인")).to_be_visible()
    visitor.settle()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
