"""Approving and rejecting: four eyes, on what the reviewer saw, once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import update

from core import ids, photos, reviews, samples
from core.db import transaction
from core.errors import BadInput, MeatlabError, NotAllowed, NotFound, PhotoMissing, Stale, WrongState
from core.tables import AuditEvent, Review, Sample
from tests import worlds
from tests.makers import fresh, jpeg, make_sample, make_user

WHY = ("photo_blurred", "Please take it again.")


def decisions(sample_id: str) -> list[str]:
    with transaction() as session:
        return [review.decision for review in session.query(Review).filter_by(sample_id=sample_id)]


def test_an_approval_is_stored_with_who_and_what_version() -> None:
    sample, reviewer = make_sample(make_user()), make_user("researcher")
    done = reviews.approve(reviewer, sample.id, sample.version)
    assert (done.status, done.version) == ("approved", 2)
    review = samples.get(reviewer, sample.id).last_review
    assert review is not None
    assert (review.decision, review.reviewed_by, review.sample_version) == ("approved", reviewer.name, 1)


def test_a_rejection_opens_the_whole_edit_window_again() -> None:
    author = make_user()
    sample = make_sample(author)
    reviews.reject(make_user("manager"), sample.id, 1, *WHY)
    rejected = samples.get(author, sample.id)
    assert rejected.status == "rejected"
    assert rejected.edit_until is not None
    assert sample.edit_until is not None
    assert rejected.edit_until > sample.edit_until
    assert rejected.last_review is not None
    assert (rejected.last_review.reason, rejected.last_review.text) == WHY


def test_nobody_reviews_what_they_made() -> None:
    maker = make_user("manager")
    sample_id = ids.new()
    samples.register(maker, sample_id, fresh())  # its photo is still to come, so it is pending
    assert not reviews.may_review(maker, sample_id)
    with pytest.raises(NotAllowed):
        reviews.approve(maker, sample_id, 1)
    with pytest.raises(NotAllowed):
        reviews.reject(maker, sample_id, 1, *WHY)


def test_nobody_reviews_what_they_edited() -> None:
    sample, editor = make_sample(make_user()), make_user("researcher")
    photos.add(editor, sample.id, 0, "raw", jpeg(), photo_id=uuid4())
    version = samples.get(editor, sample.id).version
    assert not reviews.may_review(editor, sample.id)
    with pytest.raises(NotAllowed):
        reviews.approve(editor, sample.id, version)
    assert reviews.approve(make_user("researcher"), sample.id, version).status == "approved"


def test_a_normal_user_is_refused_before_anything_is_said_of_the_sample() -> None:
    for sample_id in (make_sample(make_user()).id, ids.new(), "nonsense"):
        with pytest.raises(NotAllowed):
            reviews.approve(make_user(), sample_id, 1)
    with pytest.raises(NotFound):
        reviews.approve(make_user("researcher"), ids.new(), 1)


@pytest.mark.parametrize("version", [0, 2, 999_999_999])
def test_another_version_than_the_present_one_is_stale(version: int) -> None:
    sample = make_sample(make_user())
    with pytest.raises(Stale) as stale:
        reviews.approve(make_user("researcher"), sample.id, version)
    assert stale.value.values == {"current_version": 1}


def test_what_is_decided_is_decided() -> None:
    sample, reviewer = make_sample(make_user()), make_user("researcher")
    reviews.approve(reviewer, sample.id, 1)
    with pytest.raises(Stale):
        reviews.reject(reviewer, sample.id, 1, *WHY)
    with pytest.raises(WrongState):
        reviews.approve(reviewer, sample.id, 2)


def test_the_same_decision_twice_is_one_review() -> None:
    reviewer = make_user("researcher")
    approved, rejected = make_sample(make_user()), make_sample(make_user())
    assert reviews.approve(reviewer, approved.id, 1) == reviews.approve(reviewer, approved.id, 1)
    assert reviews.reject(reviewer, rejected.id, 1, *WHY) == reviews.reject(reviewer, rejected.id, 1, *WHY)
    assert decisions(approved.id) == ["approved"]
    assert decisions(rejected.id) == ["rejected"]


def test_opposite_decisions_at_once_leave_one() -> None:
    sample = make_sample(make_user())

    def decide(n: int) -> str:
        reviewer = make_user("researcher")
        try:
            if n % 2:
                return reviews.approve(reviewer, sample.id, 1).status
            return reviews.reject(reviewer, sample.id, 1, *WHY).status
        except MeatlabError as refusal:
            return refusal.code

    with ThreadPoolExecutor() as pool:
        answers = set(pool.map(decide, range(4)))
    (decided,) = decisions(sample.id)
    assert answers == {decided, "stale"}
    with transaction() as session:
        events = session.query(AuditEvent).filter_by(subject_id=sample.id, action=f"sample.{decided}")
        assert events.count() == 1


def test_a_sample_without_its_photo_cannot_be_approved_but_rejected() -> None:
    author, reviewer, sample_id = make_user(), make_user("researcher"), ids.new()
    samples.register(author, sample_id, fresh())
    with pytest.raises(PhotoMissing):
        reviews.approve(reviewer, sample_id, 1)
    assert reviews.reject(reviewer, sample_id, 1, *WHY).status == "rejected"


@pytest.mark.parametrize(
    ("reason", "text", "fields"),
    [
        ("", " ", {"reason": "missing", "text": "missing"}),
        ("invented", "Why", {"reason": "unknown_choice"}),
        ("photo_blurred", "", {"text": "missing"}),
        ("photo_blurred", "x" * 2001, {"text": "too_long"}),
        ("photo_blurred", "a\0b", {"text": "not_valid"}),
        ("photo\0blurred", "Why", {"reason": "not_valid"}),
    ],
)
def test_a_rejection_says_why(reason: str, text: str, fields: dict[str, str]) -> None:
    sample = make_sample(make_user())
    with pytest.raises(BadInput) as refused:
        reviews.reject(make_user("researcher"), sample.id, 1, reason, text)
    assert {finding.field: finding.code for finding in refused.value.findings} == fields
    assert decisions(sample.id) == []


def test_the_queue_is_counted_for_reviewers_only() -> None:
    reviewer = make_user("researcher")
    with transaction() as session:  # what other tests have left, which may be more than is counted
        session.execute(update(Sample).where(Sample.status == "pending").values(status="rejected"))
    worlds.read_anew()
    make_sample(make_user())
    assert reviews.waiting(reviewer) == 1
    with pytest.raises(NotAllowed):
        reviews.waiting(make_user())
