"""The recycle bin in a real browser: removing, taking it back, restoring, ending for good."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core import ids, recycle_bin, samples
from core.errors import NotFound
from core.policy import Actor
from core.samples import SampleView
from tests.browser.conftest import Visitor
from tests.makers import make_sample

pytestmark = pytest.mark.browser
WHY = "Registered twice"


@pytest.fixture
def staff(person: Callable[[str], Actor]) -> Actor:
    return person("researcher")


def remove(visitor: Visitor, reason: str = WHY) -> None:
    """By the button of the page that is open."""
    visitor.page.get_by_role("button", name="Move to the recycle bin").click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(reason)
    dialog.get_by_role("button", name="Move to the recycle bin").click()


def is_there(actor: Actor, sample: SampleView) -> bool:
    try:
        return bool(samples.get(actor, sample.id))
    except NotFound:
        return False


def test_a_sample_is_removed_taken_back_removed_again_and_restored(visit: Callable[..., Visitor], staff: Actor) -> None:
    sample = make_sample(staff)
    before = samples.get(staff, sample.id)
    visitor = visit()
    visitor.sign_in(staff.email, f"/sample?id={sample.id}")
    remove(visitor, " ")
    expect(visitor.page.get_by_role("dialog").get_by_text("Please fill this in.")).to_be_visible()
    visitor.page.get_by_role("dialog").get_by_role("textbox").fill(WHY)
    visitor.page.get_by_role("dialog").get_by_role("button", name="Move to the recycle bin").dblclick()
    told = visitor.page.get_by_text(f"Moved {ids.pretty(sample.id)} to the recycle bin.")
    expect(told).to_be_visible()
    assert not is_there(staff, sample)
    visitor.page.get_by_role("button", name="Undo").dblclick()
    expect(visitor.page.get_by_text(f"Restored {ids.pretty(sample.id)}.")).to_be_visible()
    assert samples.get(staff, sample.id) == before

    visitor.open(f"/sample?id={sample.id}")
    remove(visitor)
    expect(told).to_be_visible()
    visitor.open("/recycle_bin")
    card = visitor.page.locator(f".st-key-bin_item_{sample.id}_0")
    expect(card.get_by_text(WHY)).to_be_visible()
    expect(card.locator("img")).to_be_visible()
    assert card.locator("img").evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    card.get_by_role("button", name="Restore").dblclick()
    expect(visitor.page.get_by_text(f"Restored {ids.pretty(sample.id)}.")).to_be_visible()
    assert samples.get(staff, sample.id) == before


def test_many_are_restored_at_once_on_a_phone_in_korean(visit: Callable[..., Visitor], staff: Actor) -> None:
    removed = [make_sample(staff) for _ in range(3)]
    for sample in removed:
        recycle_bin.remove(staff, sample.id, sample.version, "두 번 등록")
    visitor = visit(width=390, height=844, locale="ko-KR")
    visitor.sign_in(staff.email, "/recycle_bin")
    for sample in removed[:2]:
        visitor.page.locator(f".st-key-bin_item_{sample.id}_0").get_by_text(ids.pretty(sample.id)).click()
        visitor.settle()
    visitor.page.get_by_role("button", name="선택한 2건 복원").click()
    expect(visitor.page.get_by_text("2건을 복원했습니다.")).to_be_visible()
    assert [is_there(staff, sample) for sample in removed] == [True, True, False]
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_maker_removes_their_own_without_an_undo_that_they_may_not_do(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    author = person("normal")
    sample = make_sample(author)
    visitor = visit()
    visitor.sign_in(author.email, f"/sample?id={sample.id}")
    remove(visitor)
    expect(visitor.page.get_by_text(f"Moved {ids.pretty(sample.id)} to the recycle bin.")).to_be_visible()
    expect(visitor.page).to_have_url(f"{visitor.product.dashboard}/my_samples")
    expect(visitor.page.get_by_role("button", name="Undo")).to_have_count(0)
    assert not is_there(author, sample)


def test_only_a_manager_ends_a_sample_for_good_and_says_why(
    visit: Callable[..., Visitor], person: Callable[[str], Actor], staff: Actor
) -> None:
    sample = make_sample(staff)
    recycle_bin.remove(staff, sample.id, sample.version, WHY)
    researcher, manager = visit(), visit()
    researcher.sign_in(staff.email, "/recycle_bin")
    expect(researcher.page.locator(f".st-key-bin_item_{sample.id}_0")).to_be_visible()
    expect(researcher.page.get_by_role("button", name="Purge")).to_have_count(0)
    manager.sign_in(person("manager").email, "/recycle_bin")
    manager.page.locator(f".st-key-bin_item_{sample.id}_0").get_by_role("button", name="Purge").click()
    manager.page.get_by_role("button", name="Purge it").click()
    expect(manager.page.get_by_text("Please fill this in.").first).to_be_visible()
    manager.page.get_by_role("textbox", name="Why is it purged?").fill("Test data")
    manager.page.get_by_role("button", name="Purge it").click()
    expect(manager.page.get_by_text(f"{ids.pretty(sample.id)} is gone for good.")).to_be_visible()
    with pytest.raises(NotFound):
        recycle_bin.restore(staff, sample.id)


def test_a_maker_removes_from_their_list_on_a_phone(
    visit: Callable[..., Visitor], person: Callable[[str], Actor]
) -> None:
    author = person("normal")
    sample = make_sample(author)
    visitor = visit(width=390, height=844, locale="ko-KR")
    visitor.sign_in(author.email, "/my_samples")
    visitor.page.get_by_role("button", name="휴지통으로 이동").click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog.get_by_text("30일 동안 연구원이 복원할 수 있습니다.")).to_be_visible()
    dialog.get_by_role("textbox").fill("잘못 찍음")
    dialog.get_by_role("button", name="휴지통으로 이동").click()
    expect(visitor.page.get_by_text(f"{ids.pretty(sample.id)}을(를) 휴지통으로 옮겼습니다.")).to_be_visible()
    assert not is_there(author, sample)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
