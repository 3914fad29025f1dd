"""Drafts: one a person and kind, bounded, and gone once they have become a sample."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock, drafts, ids, photos, samples
from core.errors import BadInput
from tests.makers import fresh, jpeg, make_user, receive_photo

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc가나", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def test_what_was_saved_last_is_what_is_there() -> None:
    actor, other = make_user(), make_user()
    assert drafts.load(actor, "register") is None
    drafts.save(actor, "register", {"trace_number": "002"})
    saved = drafts.save(actor, "register", {"trace_number": "0021", "farm_address": "경기도 광주시"})
    assert drafts.load(actor, "register") == saved
    assert saved.content == {"trace_number": "0021", "farm_address": "경기도 광주시"}
    assert abs((clock.now() - saved.saved_at).total_seconds()) < 60
    drafts.save(actor, "edit", {"grade": "1"})
    assert drafts.load(other, "register") is None
    drafts.discard(actor, "register")
    drafts.discard(actor, "register")
    assert drafts.load(actor, "register") is None
    assert drafts.load(actor, "edit") is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.dictionaries(st.text("abc가나", max_size=4), JSON, max_size=4))
def test_any_json_comes_back_as_it_was(content: dict[str, Any]) -> None:
    actor = make_user()
    drafts.save(actor, "register", content)
    loaded = drafts.load(actor, "register")
    assert loaded is not None
    assert loaded.content == content


@pytest.mark.parametrize(
    "content",
    [
        {"a": object},
        {"a": float("nan")},
        {"a": "\0"},
        {"a": "\ud800"},
        {"a": "x" * drafts.LARGEST},
        {"a": "가" * (drafts.LARGEST // 3)},
        ["a"],
    ],
    ids=ascii,
)
def test_what_cannot_be_kept_is_refused_and_the_draft_before_it_stays(content: Any) -> None:
    actor = make_user()
    drafts.save(actor, "register", {"a": 1})
    with pytest.raises(BadInput):
        drafts.save(actor, "register", content)
    loaded = drafts.load(actor, "register")
    assert loaded is not None
    assert loaded.content == {"a": 1}


@pytest.mark.parametrize("kind", ["", "Register", "a b", "x" * 41, "a\n"])
def test_a_kind_is_a_short_word(kind: str) -> None:
    with pytest.raises(BadInput):
        drafts.save(make_user(), kind, {})


def test_many_saves_at_once_leave_one_whole_draft() -> None:
    actor = make_user()
    contents = [{"n": n, "text": str(n) * 1000} for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: drafts.save(actor, "register", content), contents))
    loaded = drafts.load(actor, "register")
    assert loaded is not None
    assert loaded.content in contents


def test_a_draft_that_became_a_sample_is_gone_and_others_stay() -> None:
    actor, other = make_user(), make_user()
    sample_id = ids.new()
    for person in (actor, other):
        drafts.save(person, "register", {"sample_id": sample_id})
    drafts.save(actor, "edit", {"sample_id": ids.new()})
    samples.register(actor, sample_id, fresh(photo={"id": str(receive_photo(actor))}))
    assert drafts.load(actor, "register") is None
    assert drafts.load(actor, "edit") is not None
    assert drafts.load(other, "register") is not None


def test_the_photo_of_a_draft_waits_longer_than_a_day() -> None:
    actor = make_user()
    with clock.at(clock.now() - photos.UPLOAD_LIFE * 2):
        kept, lost = receive_photo(actor), photos.receive(actor, jpeg()).id
    drafts.save(actor, "register", {"photo_id": str(kept)})
    photos.sweep()
    assert photos.get(actor, kept).state == "received"
    with pytest.raises(photos.NotFound):
        photos.get(actor, lost)
