"""Saved views: a person's own, each name once a page."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from core import saved_views
from core.errors import BadInput, NameTaken
from tests.makers import make_user

QUERY = {"status": "pending", "province": "KR-42"}


def test_a_view_is_kept_by_its_name_for_its_page_and_person() -> None:
    actor, other = make_user(), make_user()
    kept = saved_views.save(actor, "samples", " Hoengseong ", QUERY)
    assert (kept.name, kept.query) == ("Hoengseong", QUERY)
    assert saved_views.of(actor, "samples") == (kept,)
    assert saved_views.of(actor, "taste") == saved_views.of(other, "samples") == ()
    saved_views.save(other, "samples", "Hoengseong", {})
    assert saved_views.of(actor, "samples") == (kept,)


def test_views_come_by_name() -> None:
    actor = make_user()
    for name in ("c", "a", "b"):
        saved_views.save(actor, "samples", name, QUERY)
    assert [view.name for view in saved_views.of(actor, "samples")] == ["a", "b", "c"]


def test_another_view_of_the_name_goes_only_when_the_person_says_so() -> None:
    actor = make_user()
    kept = saved_views.save(actor, "samples", "mine", QUERY)
    assert saved_views.save(actor, "samples", "mine", QUERY) == kept
    with pytest.raises(NameTaken):
        saved_views.save(actor, "samples", "mine", {"grade": "1"})
    assert saved_views.of(actor, "samples") == (kept,)
    replaced = saved_views.save(actor, "samples", "mine", {"grade": "1"}, replace=True)
    assert (replaced.id, replaced.query) == (kept.id, {"grade": "1"})
    assert saved_views.of(actor, "samples") == (replaced,)


def test_the_same_click_twice_at_once_keeps_one_view() -> None:
    actor = make_user()
    with ThreadPoolExecutor() as pool:
        kept = list(pool.map(lambda _: saved_views.save(actor, "samples", "mine", QUERY), range(6)))
    assert len({view.id for view in kept}) == 1
    assert len(saved_views.of(actor, "samples")) == 1


def test_a_view_is_forgotten_by_its_owner_alone() -> None:
    actor = make_user()
    kept = saved_views.save(actor, "samples", "mine", QUERY)
    saved_views.remove(make_user("manager"), kept.id)
    assert saved_views.of(actor, "samples") == (kept,)
    saved_views.remove(actor, kept.id)
    saved_views.remove(actor, kept.id)
    saved_views.remove(actor, uuid4())
    assert saved_views.of(actor, "samples") == ()


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("", QUERY, "name"), ("x" * 61, QUERY, "name"), ("a\0b", QUERY, "name"), ("mine", {"q": "x" * 201}, "query.q"),
        ("mine", {"q": 1}, "query.q"), ("mine", {str(n): "x" for n in range(41)}, "query"), ("mine", [], "query"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_view_is_refused(name: str, query: Any, field: str) -> None:
    actor = make_user()
    with pytest.raises(BadInput) as refused:
        saved_views.save(actor, "samples", name, query)
    assert [finding.field for finding in refused.value.findings] == [field]
    assert saved_views.of(actor, "samples") == ()


def test_there_is_an_end_to_how_many_one_keeps() -> None:
    actor = make_user()
    for number in range(saved_views.MOST):
        saved_views.save(actor, "samples", f"view {number}", QUERY)
    with pytest.raises(BadInput) as refused:
        saved_views.save(actor, "samples", "one more", QUERY)
    assert [finding.code for finding in refused.value.findings] == ["too_many_views"]
    assert saved_views.save(actor, "samples", "view 0", {}, replace=True).query == {}
