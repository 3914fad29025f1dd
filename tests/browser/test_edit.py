"""Editing in a real browser: the maker's mending, two people at once, a wish that comes too late."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core import clock, ids, reviews, samples
from core.db import transaction
from core.policy import Actor
from core.samples import SampleChange
from core.tables import EditRequest, Sample
from tests.browser.conftest import Visitor
from tests.makers import make_sample

pytestmark = pytest.mark.browser


def change(actor: Actor, sample_id: str, version: int, **fields: str) -> None:
    samples.edit(actor, sample_id, version, SampleChange.model_validate(fields))


def choose(visitor: Visitor, label: str, option: str) -> None:
    visitor.page.get_by_role("combobox", name=label).click()
    visitor.page.get_by_role("option", name=option, exact=True).click()
    visitor.settle()


def write(visitor: Visitor, label: str, text: str) -> None:
    visitor.page.get_by_role("textbox", name=label).fill(text)
    visitor.page.get_by_role("textbox", name=label).press("Tab")
    visitor.settle()


def test_a_rejected_sample_is_mended_on_a_phone_and_submitted_again(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    author = person("normal")
    sample = make_sample(author)
    reviews.reject(person("researcher"), sample.id, 1, "wrong_cut", "Is it a heifer?")
    phone = visit(width=390, height=844)
    phone.sign_in(author.email, f"/edit?id={sample.id}")
    expect(phone.page.get_by_text("Is it a heifer?")).to_be_visible()
    choose(phone, "Sex", "Female")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.page.get_by_role("button", name="Save and submit again").dblclick()
    expect(phone.page.get_by_text("is saved and waits for review again")).to_be_visible()
    mended = samples.get(author, sample.id)
    assert (mended.status, mended.sex, mended.version) == ("pending", "female", 4)


def test_two_people_edit_different_fields_and_then_the_same(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    sample, other = make_sample(person("normal")), person("manager")
    editor = visit()
    editor.sign_in(person("researcher").email, f"/edit?id={sample.id}")
    expect(editor.page.get_by_role("heading", name=f"Edit {ids.pretty(sample.id)}")).to_be_visible()
    write(editor, "Farmer", "Kim")
    change(other, sample.id, 1, breed="chikso")
    editor.page.get_by_role("button", name="Save", exact=True).click()
    expect(editor.page.get_by_text(f"{ids.pretty(sample.id)} is saved.")).to_be_visible()
    both = samples.get(other, sample.id)
    assert (both.version, both.breed, both.farmer_name) == (3, "chikso", "Kim")

    editor.open(f"/edit?id={sample.id}")
    write(editor, "Farmer", "Lee")
    choose(editor, "Sex", "Female")
    change(other, sample.id, 3, farmer_name="Park")
    editor.page.get_by_role("button", name="Save", exact=True).click()
    expect(editor.page.get_by_text("Whose shall stand?")).to_be_visible()
    expect(editor.page.get_by_role("cell", name="Park")).to_be_visible()
    assert samples.get(other, sample.id).farmer_name == "Park"
    editor.page.get_by_role("button", name="Take theirs").click()
    editor.settle()
    expect(editor.page.get_by_role("textbox", name="Farmer")).to_have_value("Park")
    editor.page.get_by_role("button", name="Save", exact=True).click()
    expect(editor.page.get_by_text(f"{ids.pretty(sample.id)} is saved.")).to_be_visible()
    settled = samples.get(other, sample.id)
    assert (settled.version, settled.sex, settled.farmer_name) == (5, "female", "Park")


def test_an_unusual_value_is_saved_once_it_is_confirmed(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    author = person("normal")
    sample = make_sample(author)
    editor = visit()
    editor.sign_in(author.email, f"/edit?id={sample.id}")
    choose(editor, "Grade", "3")
    editor.page.get_by_role("button", name="Save", exact=True).click()
    expect(editor.page.get_by_text("BMS number 6 usually means grade 1+.")).to_be_visible()
    assert samples.get(author, sample.id).grade == "1+"
    editor.page.get_by_text("BMS number 6 usually means grade 1+.").click()
    editor.settle()
    editor.page.get_by_role("button", name="Save", exact=True).click()
    expect(editor.page.get_by_text(f"{ids.pretty(sample.id)} is saved.")).to_be_visible()
    assert samples.get(author, sample.id).warnings[0]["code"] == "grade_below_bms"


def test_a_change_that_comes_too_late_becomes_a_wish(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    author = person("normal")
    sample = make_sample(author)
    with transaction() as session:
        session.get_one(Sample, sample.id).edit_window_from = clock.now() - timedelta(hours=73)
    editor = visit()
    editor.sign_in(author.email, f"/edit?id={sample.id}")
    expect(editor.page.get_by_text("Your time to change this ended")).to_be_visible()
    write(editor, "Farmer", "Kim")
    write(editor, "Why should it change?", "I forgot it.")
    editor.page.get_by_role("button", name="Ask for this change").dblclick()
    expect(editor.page.get_by_text("A reviewer will decide on your change.")).to_be_visible()
    with transaction() as session:
        (wish,) = session.query(EditRequest).filter_by(sample_id=sample.id).all()
        assert (wish.changes, wish.state) == ({"farmer_name": "Kim"}, "waiting")


def test_nobody_edits_what_is_not_theirs(visit: Callable[..., Visitor], person: Callable[[str], Actor]) -> None:
    sample = make_sample(person("normal"))
    stranger = visit()
    stranger.sign_in(person("normal").email, f"/edit?id={sample.id}")
    expect(stranger.page.get_by_text("There is no such sample")).to_be_visible()
