"""Sensory scores: whose, on which scale, when; changed only by who has seen them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from core import clock, evaluations, inputs, reviews, rounds, samples
from core.errors import BadInput, Conflict, EditWindowClosed, NotAllowed, NotFound, Stale, Unconfirmed, WrongState
from core.evaluations import NewEvaluation
from core.policy import Actor
from core.samples import SampleView
from core.samples.views import EvaluationView
from tests.makers import SCORES, make_approved, make_sample, make_user

AT = datetime(2026, 3, 9, 5, tzinfo=UTC)
RAW = {name: score for name, score in SCORES.items() if name != "scale"}
HEATED = {"flavor": 6, "juiciness": 5.5, "tenderness": 7, "umami": 4, "palatability": 8}


def new_evaluation(preparation: str = "heated", **changes: Any) -> NewEvaluation:
    scores = RAW if preparation == "raw" else HEATED
    sent = {"preparation": preparation, "scale": "1-10", "scores": scores, "evaluated_at": AT} | changes
    return inputs.read(NewEvaluation, sent)


@pytest.fixture
def researcher() -> Actor:
    return make_user("researcher")


@pytest.fixture
def approved() -> SampleView:
    return make_approved()


def of(sample: SampleView, preparation: str, seq: int = 0) -> list[EvaluationView]:
    return [e for e in sample.rounds[seq].evaluations if e.preparation == preparation]


def refused(actor: Actor, sample: SampleView, new: NewEvaluation, seq: int = 0) -> dict[str, str]:
    with pytest.raises(BadInput) as refusal:
        evaluations.write(actor, sample.id, seq, uuid4(), new)
    return {finding.field: finding.code for finding in refusal.value.findings}


def test_scores_are_stored_as_they_were_sent_and_count_as_a_change(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    new = new_evaluation(panelist="P07", replicate=2, day=14)
    made = evaluations.write(researcher, approved.id, 0, key, new)
    (stored,) = of(made.sample, "heated")
    assert made.created
    assert made.sample.version == approved.version + 1
    assert stored == EvaluationView(
        key, "heated", researcher.name, "P07", 2, "1-10", 14, AT, dict(HEATED), []
    )  # fmt: skip
    again = evaluations.write(researcher, approved.id, 0, key, new)
    assert (again.created, again.sample) == (False, made.sample)


def test_scores_are_changed_on_the_version_that_was_seen(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    seen = evaluations.write(researcher, approved.id, 0, key, new_evaluation()).sample
    other = new_evaluation(scores=HEATED | {"umami": 5})
    with pytest.raises(Conflict):
        evaluations.write(researcher, approved.id, 0, key, other)
    with pytest.raises(Stale) as stale:
        evaluations.write(researcher, approved.id, 0, key, other, approved.version)
    assert stale.value.differing == {"umami": [4.0, 5.0]}
    colleague = make_user("researcher")
    changed = evaluations.write(colleague, approved.id, 0, key, other, seen.version)
    assert not changed.created
    (stored,) = of(changed.sample, "heated")
    assert (stored.scores["umami"], stored.evaluator) == (5, researcher.name)  # whose scores they are does not change
    assert evaluations.write(colleague, approved.id, 0, key, other, seen.version).sample == changed.sample


def test_scores_may_be_taken_out_by_a_change(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    seen = evaluations.write(researcher, approved.id, 0, key, new_evaluation()).sample
    only = new_evaluation(scores={"flavor": 6})
    changed = evaluations.write(researcher, approved.id, 0, key, only, seen.version).sample
    assert of(changed, "heated")[0].scores == {"flavor": 6}


def test_an_id_stands_for_one_place(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    version = evaluations.write(researcher, approved.id, 0, key, new_evaluation()).sample.version
    with pytest.raises(Conflict):
        evaluations.write(researcher, make_approved().id, 0, key, new_evaluation(), version)
    with pytest.raises(Conflict):
        evaluations.write(researcher, approved.id, 0, key, new_evaluation("raw", replicate=9), version)


def test_scores_are_taken_away_once(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    seen = evaluations.write(researcher, approved.id, 0, key, new_evaluation()).sample
    with pytest.raises(Stale):
        evaluations.remove(researcher, approved.id, 0, key, approved.version)
    left = evaluations.remove(researcher, approved.id, 0, key, seen.version)
    assert of(left, "heated") == []
    assert left.version == seen.version + 1
    with pytest.raises(NotFound):
        evaluations.remove(researcher, approved.id, 0, key, left.version)


@pytest.mark.parametrize(("low", "high", "step", "scale"), [
    (1, 5, 1, "1-5"), (0, 9, 0.1, "0-9"), (1, 9, 1, "1-9"), (1, 10, 0.5, "1-10"),
])  # fmt: skip
def test_each_scale_has_its_ends_and_steps(
    researcher: Actor, approved: SampleView, low: float, high: float, step: float, scale: str
) -> None:
    ends = new_evaluation(scale=scale, scores={"flavor": low, "umami": high})
    assert evaluations.write(researcher, approved.id, 0, uuid4(), ends).created
    off = {"flavor": low - step, "juiciness": high + step, "umami": low + step / 2}
    found = refused(researcher, approved, new_evaluation(scale=scale, scores=off, replicate=2))
    assert found == {f"scores.{name}": "off_scale" for name in off}


def test_several_people_and_days_stand_beside_each_other(researcher: Actor, approved: SampleView) -> None:
    for changes in (
        {},
        {"replicate": 2},
        {"panelist": "P1"},
        {"panelist": "P2"},
        *({"day": d} for d in (3, 7, 14, 21)),
    ):
        assert evaluations.write(researcher, approved.id, 0, uuid4(), new_evaluation(**changes)).created
    made = evaluations.write(make_user("manager"), approved.id, 0, uuid4(), new_evaluation())
    assert len(of(made.sample, "heated")) == 9
    for changes in ({}, {"panelist": "P2"}, {"day": 21}):
        assert refused(researcher, approved, new_evaluation(**changes)) == {"replicate": "scored_before"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"scores": {}}, {"scores": "missing"}),
        ({"scores": {"marbling": 5}}, {"scores.marbling": "unknown_field"}),
        ({"scale": "1-100"}, {"scale": "unknown_choice"}),
        ({"scale": "1-100", "scores": {"\0": 1}}, {"scale": "unknown_choice", "scores.\0": "unknown_field"}),
        ({"evaluated_at": datetime(2026, 3, 4, 14, tzinfo=UTC)}, {"evaluated_at": "before_slaughter"}),
        ({"evaluated_at": datetime(2099, 1, 1, tzinfo=UTC)}, {"evaluated_at": "instant_in_the_future"}),
        ({"scores": dict.fromkeys(HEATED, 5)}, {"scores": "all_alike"}),
    ],
    ids=ascii,
)
def test_what_is_wrong_or_unusual_is_said_by_field(
    researcher: Actor, approved: SampleView, changes: dict[str, Any], found: dict[str, str]
) -> None:
    assert refused(researcher, approved, new_evaluation(**changes)) == found


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("replicate", 0, "too_small"), ("day", 121, "too_large"), ("preparation", "fried", "unknown_choice"),
        ("panelist", " ", "missing"), ("scores.flavor", float("inf"), "not_a_number"), ("scores", None, "not_valid"),
    ],
)  # fmt: skip
def test_each_field_has_its_bounds(field: str, value: Any, code: str) -> None:
    name, _, score = field.partition(".")
    with pytest.raises(BadInput) as refusal:
        new_evaluation(**{name: {score: value} if score else value})
    assert [(finding.field, finding.code) for finding in refusal.value.findings] == [(field, code)]


def test_heated_scores_that_repeat_the_raw_ones_are_questioned(approved: SampleView) -> None:
    tasters = make_user("researcher")
    evaluations.write(tasters, approved.id, 0, uuid4(), new_evaluation("raw"))
    copied = dict(zip(HEATED, RAW.values(), strict=True))
    with pytest.raises(Unconfirmed) as questioned:
        evaluations.write(tasters, approved.id, 0, uuid4(), new_evaluation(scores=copied))
    assert [finding.code for finding in questioned.value.findings] == ["copied_from_raw"]
    meant = new_evaluation(scores=copied, confirmed_warnings=["scores:copied_from_raw"])
    made = evaluations.write(tasters, approved.id, 0, uuid4(), meant)
    assert [w["code"] for w in of(made.sample, "heated")[0].warnings] == ["copied_from_raw"]
    # Another person, another pseudonym, another scale: no copy.
    assert evaluations.write(make_user("researcher"), approved.id, 0, uuid4(), new_evaluation(scores=copied)).created
    assert evaluations.write(tasters, approved.id, 0, uuid4(), new_evaluation(scores=copied, panelist="P")).created


def test_nothing_is_tasted_before_its_round_began(researcher: Actor, approved: SampleView) -> None:
    begun = {"method": "deep_aging", "started_at": AT + timedelta(hours=1), "minutes": 20}
    rounds.add(researcher, approved.id, 1, inputs.read(rounds.NewRound, begun))
    assert refused(researcher, approved, new_evaluation(), seq=1) == {"evaluated_at": "before_round"}
    late = new_evaluation("raw", evaluated_at=AT + timedelta(hours=2))
    assert of(evaluations.write(researcher, approved.id, 1, uuid4(), late).sample, "raw", 1)
    with pytest.raises(NotFound):
        evaluations.write(researcher, approved.id, 2, uuid4(), late)


def test_an_author_scores_only_the_raw_sample_and_only_in_time() -> None:
    author = make_user()
    sample = make_sample(author)
    second = new_evaluation("raw", replicate=2)
    made = evaluations.write(author, sample.id, 0, uuid4(), second)
    assert len(of(made.sample, "raw")) == 2
    with pytest.raises(NotAllowed):
        evaluations.write(author, sample.id, 0, uuid4(), new_evaluation())
    with pytest.raises(NotFound):
        evaluations.write(make_user(), sample.id, 0, uuid4(), second)
    with clock.at(clock.now() + timedelta(hours=73)), pytest.raises(EditWindowClosed):
        evaluations.write(author, sample.id, 0, uuid4(), new_evaluation("raw", replicate=3))
    reviews.approve(make_user("researcher"), sample.id, made.sample.version)
    with pytest.raises(WrongState):
        evaluations.write(author, sample.id, 0, uuid4(), new_evaluation("raw", replicate=3))


def test_an_author_does_not_touch_what_others_have_scored(researcher: Actor) -> None:
    author, key = make_user(), uuid4()
    sample = make_sample(author)
    seen = evaluations.write(researcher, sample.id, 0, key, new_evaluation("raw")).sample
    with pytest.raises(NotAllowed):
        evaluations.write(author, sample.id, 0, key, new_evaluation("raw", day=3), seen.version)
    with pytest.raises(NotAllowed):
        evaluations.remove(author, sample.id, 0, key, seen.version)


def test_who_has_scored_or_unscored_the_raw_sample_does_not_review_it(researcher: Actor) -> None:
    scorer, key = make_user("researcher"), uuid4()
    sample = make_sample(make_user())
    seen = evaluations.write(scorer, sample.id, 0, key, new_evaluation("raw")).sample
    evaluations.remove(researcher, sample.id, 0, key, seen.version)
    for person in (scorer, researcher):
        assert not reviews.may_review(person, sample.id)


def test_what_is_not_approved_is_not_heated(researcher: Actor) -> None:
    sample = make_sample(make_user())
    with pytest.raises(WrongState):
        evaluations.write(researcher, sample.id, 0, uuid4(), new_evaluation())
    assert samples.get(researcher, sample.id).version == sample.version
