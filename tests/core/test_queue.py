"""The review queue: order, claims, who may; many reviewers at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from core import clock, ids, reviews, samples
from core.db import transaction
from core.errors import BadInput, Claimed, MeatlabError, NotAllowed, WrongState
from core.policy import Actor
from core.samples import NewSample
from core.tables import Photo, Review, ReviewClaim, Sample
from tests import worlds
from tests.makers import make_sample, make_user, values


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    with transaction() as session:
        session.execute(update(Sample).where(Sample.status == "pending").values(status="rejected"))
    worlds.read_anew()


def test_the_oldest_comes_first_and_says_all_that_a_list_needs() -> None:
    author, reviewer = make_user(), make_user("researcher")
    first, second = make_sample(author), make_sample(author)
    found = reviews.queue(reviewer)
    assert [item.id for item in found.items] == [first.id, second.id]
    assert (found.total, found.is_more, reviews.waiting(reviewer)) == (2, False, 2)
    item = found.items[0]
    assert (item.created_by, item.version, item.resubmitted, item.may_review) == (author.name, 1, False, True)
    assert item.photo_id == first.rounds[0].photos[0].id
    assert not reviews.queue(make_user("researcher"), offset=2).items
    with pytest.raises(NotAllowed):
        reviews.queue(author)


def test_a_claim_keeps_others_off_until_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = make_sample(make_user())
    one, other = make_user("researcher"), make_user("manager")
    until = reviews.claim(one, sample.id)
    assert reviews.claim(one, sample.id) >= until
    (seen,) = reviews.queue(other).items
    assert (seen.claimed_by, seen.claimed_until) == (one.name, reviews.queue(other).items[0].claimed_until)
    assert reviews.queue(one).items[0].claimed_by is None
    for attempt in (
        lambda: reviews.claim(other, sample.id),
        lambda: reviews.approve(other, sample.id, 1),
        lambda: reviews.reject(other, sample.id, 1, "other", "No."),
    ):
        with pytest.raises(Claimed):
            attempt()
    assert reviews.next_item(other) is None
    later = clock.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert reviews.approve(other, sample.id, 1).status == "approved"
    with pytest.raises(WrongState):
        reviews.claim(one, sample.id)


def test_what_one_has_in_hand_comes_back_and_what_one_skips_does_not() -> None:
    author, reviewer = make_user(), make_user("researcher")
    first, second = make_sample(author), make_sample(author)
    for _ in range(2):
        item = reviews.next_item(reviewer)
        assert item is not None
        assert item.id == first.id
    after = reviews.next_item(reviewer, [first.id])
    assert after is not None
    assert after.id == second.id
    reviews.release(reviewer, first.id)
    other = reviews.next_item(make_user("researcher"))
    assert other is not None
    assert other.id == first.id


def test_nobody_is_given_what_they_made_or_edited() -> None:
    editor = make_user("researcher")
    sample = make_sample(make_user())
    samples.edit(editor, sample.id, 1, samples.SampleChange.model_validate({"sex": "female"}))
    assert reviews.next_item(editor) is None
    assert not reviews.queue(editor).items[0].may_review
    assert reviews.next_item(make_user("researcher")) is not None


def test_a_resubmission_is_marked_and_goes_to_the_end() -> None:
    author, reviewer = make_user(), make_user("researcher")
    first, second = make_sample(author), make_sample(author)
    reviews.reject(reviewer, first.id, 1, "other", "Mend it.")
    samples.submit_again(author, first.id, 2)
    assert [(item.id, item.resubmitted) for item in reviews.queue(reviewer).items] == [
        (second.id, False), (first.id, True),
    ]  # fmt: skip


def test_many_are_approved_with_a_result_each() -> None:
    reviewer = make_user("researcher")
    fine, claimed, own = make_sample(make_user()), make_sample(make_user()), make_sample(make_user())
    reviews.claim(make_user("manager"), claimed.id)
    samples.edit(reviewer, own.id, 1, samples.SampleChange.model_validate({"sex": "female"}))
    seen = [(fine.id, 1), (claimed.id, 1), (own.id, 2), (fine.id, 1)]
    done = reviews.approve_many(reviewer, seen)
    assert [one.refusal.code if one.refusal else None for one in done] == [None, "claimed", "not_allowed", None]
    with pytest.raises(BadInput):
        reviews.approve_many(reviewer, seen * 100)
    with pytest.raises(NotAllowed):
        reviews.approve_many(make_user(), seen)


@pytest.mark.parametrize("n", [120, pytest.param(1000, marks=pytest.mark.soak)])
def test_twenty_reviewers_on_one_queue_review_nothing_twice(n: int) -> None:
    author, staff = make_user(), [make_user("researcher") for _ in range(20)]
    wanted = set(waiting(author, n))

    def work(reviewer: Actor) -> list[str]:
        done, chance = [], random.Random(str(reviewer.id))
        while (item := reviews.next_item(reviewer)) is not None:
            try:
                if chance.random() < 0.5:
                    reviews.approve(reviewer, item.id, item.version)
                else:
                    reviews.reject(reviewer, item.id, item.version, "other", "No.")
            except MeatlabError as refusal:
                pytest.fail(f"{refusal.code}: what one has in hand is one's own")
            done.append(item.id)
        return done

    with ThreadPoolExecutor(20) as pool:
        done = [sample_id for part in pool.map(work, staff) for sample_id in part]
    assert len(done) == len(set(done)) == n
    assert set(done) == wanted
    with transaction() as session:
        made = session.scalar(select(func.count()).select_from(Review).where(Review.sample_id.in_(wanted)))
        assert made == n
        left = select(func.count()).where(ReviewClaim.sample_id.in_(wanted))
        assert session.scalar(left) == 0


@pytest.mark.parametrize("n", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_twenty_reviewers_of_the_same_list_approve_each_once(n: int) -> None:
    """Without taking anything in hand: everybody goes through everything, in their own order."""
    author, staff = make_user(), [make_user("researcher") for _ in range(20)]
    wanted = waiting(author, n)

    def work(reviewer: Actor) -> int:
        mine = random.Random(str(reviewer.id)).sample(wanted, n)
        return sum(
            result.refusal is None for result in reviews.approve_many(reviewer, [(one, 1) for one in mine[:200]])
        )

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, staff))
    with transaction() as session:
        made = session.scalar(select(func.count()).select_from(Review).where(Review.sample_id.in_(wanted)))
        statuses = session.scalars(select(Sample.status).where(Sample.id.in_(wanted)).distinct()).all()
    assert (made, statuses) == (n, ["approved"])


def waiting(author: Actor, n: int) -> list[str]:
    """Samples that wait, all with one stored picture each: the bytes do not matter here."""
    made = []
    for _ in range(n):
        new = NewSample.model_validate(values())
        made.append(samples.register(author, ids.new(), new).sample.id)
    model = make_sample(author)
    with transaction() as session:
        stored = session.scalars(select(Photo).where(Photo.sample_id == model.id)).one()
        same = {name: getattr(stored, name) for name in ("state", "storage_key", "sha256", "bytes", "width", "height")}
        session.execute(update(Photo).where(Photo.sample_id.in_(made)).values(**same))
        session.execute(update(Sample).where(Sample.id == model.id).values(status="rejected"))
    return made
