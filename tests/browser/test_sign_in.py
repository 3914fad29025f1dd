"""Sign-in in a real browser: it holds over reloads and links, ends when it should, and opens only the role's pages."""

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from core.db import transaction
from core.policy import Actor
from core.tables import User
from dashboard.navigation import REGISTRY
from tests.browser.conftest import PASSWORD, Product, Visitor

pytestmark = pytest.mark.browser


def test_a_deep_link_survives_sign_in_and_a_reload(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    visitor = visit()
    visitor.sign_in(person("researcher").email, "/regions?species=pig")
    expect(visitor.page.get_by_role("heading", name="Regions")).to_be_visible()
    assert visitor.page.url.endswith("/regions?species=pig")
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", name="Regions")).to_be_visible()
    cookie = next(c for c in visitor.page.context.cookies() if c["name"] == "meatlab_session")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"


def test_signing_out_ends_the_session_for_a_kept_cookie_too(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    visitor, thief = visit(), visit()
    visitor.sign_in(person("normal").email)
    thief.page.context.add_cookies(visitor.page.context.cookies())  # type: ignore[arg-type]
    visitor.page.get_by_role("button", name="Sign out").click()
    expect(visitor.page.get_by_test_id("stForm")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_test_id("stForm")).to_be_visible()
    thief.open("/my_samples")
    expect(thief.page.get_by_test_id("stForm")).to_be_visible()


def test_a_wrong_password_is_told_in_the_browsers_language(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    visitor = visit(locale="ko-KR")
    visitor.open()
    form = visitor.page.get_by_test_id("stForm")
    form.get_by_role("textbox").nth(0).fill(person("normal").email)
    form.get_by_role("textbox").nth(1).fill(PASSWORD + "!")
    form.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    expect(visitor.page.get_by_text("이메일 또는 비밀번호가 올바르지 않거나")).to_be_visible()


def test_a_visitor_sees_the_sign_in_form_at_every_address(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    for entry in REGISTRY[1:]:
        visitor.open(f"/{entry.stem}")
        expect(visitor.page.get_by_test_id("stForm")).to_be_visible()
        expect(visitor.page.get_by_test_id("stSidebarNav")).to_have_count(0)


def test_a_normal_user_reaches_no_page_of_the_staff(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    visitor = visit()
    visitor.sign_in(person("normal").email)
    listed = visitor.page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert not {"Review queue", "Samples", "Regions"} & {text.split("\n")[-1] for text in listed}
    for entry in REGISTRY:
        if "normal" not in entry.roles:
            visitor.open(f"/{entry.stem}")
            expect(visitor.page.get_by_role("heading", name="Home")).to_be_visible()


def test_a_person_who_is_deactivated_stops_at_the_next_click(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    visitor, actor = visit(), person("researcher")
    visitor.sign_in(actor.email)
    with transaction() as session:
        session.execute(update(User).where(User.id == actor.id).values(state="deactivated"))
    visitor.page.get_by_role("link", name="Samples").first.click()
    expect(visitor.page.get_by_test_id("stForm")).to_be_visible()


def test_the_ticket_is_taken_only_from_our_own_pages(product: Product) -> None:
    for headers in ({}, {"Origin": "https://elsewhere.example"}):
        asked = urllib.request.Request(f"{product.dashboard}/auth/session", b'{"ticket": "x"}', headers, method="POST")
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(asked)
        assert refusal.value.code == 403


def test_a_header_that_claims_to_be_somebody_is_ignored(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    signed_in, forger = visit(), visit()
    signed_in.sign_in(person("manager").email)
    forger.page.context.set_extra_http_headers({"X-App-User": "00000000-0000-0000-0000-000000000000"})
    forger.open("/samples")
    expect(forger.page.get_by_test_id("stForm")).to_be_visible()
