"""Bad input, hundreds of it into each form: told field by field in both languages, and nothing stored.

Each input is right but for one field or a few, drawn with a fixed seed: other types, numbers far out, days in the
past and the future, texts of ten megabytes, control signs, halves of characters, SQL, HTML, ids that are none, and
choices that do not fit the rest. All of them go to core, and what travels as JSON to the API as well.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from api.app import app
from core import (
    clock,
    drafts,
    evaluations,
    history,
    ids,
    measurements,
    recycle_bin,
    reviews,
    rounds,
    samples,
    saved_views,
    users,
    words,
)
from core.accounts import NewUser
from core.db import transaction
from core.errors import BadInput, Finding, NotFound, Unconfirmed
from core.evaluations import NewEvaluation
from core.inputs import read
from core.measurements import NewMeasurement
from core.rounds import NewRound
from core.samples import FreshSample, SampleChange, edit_requests
from core.samples.edit_requests import NewEditRequest
from core.tables import Base, Sample
from tests.api.conftest import Caller
from tests.bad_forms import FORMS, NEEDED, Form, People, measured, processed, tasted
from tests.bad_values import ABSENT, EMOJI, HTML, HUGE, SQL
from tests.makers import PASSWORD, make_approved, make_sample, make_user, values
from tests.permissions import LATE


@pytest.fixture(scope="module")
def people(servers: dict[str, str]) -> People:
    author, researcher = make_user(), make_user("researcher")
    late = make_sample(author).id
    other = make_sample(author).id
    with transaction() as session:
        for sample_id in (late, other):
            session.get_one(Sample, sample_id).edit_window_from = clock.now() - LATE
    wish = uuid4()
    edit_requests.request_edit(author, other, wish, NewEditRequest(changes={"sex": "female"}, note="Mistyped."))
    return People(author, researcher, make_user("manager"), make_sample(author).id, late, make_approved().id, wish)


@pytest.fixture(scope="module")
def callers(people: People) -> Iterator[dict[str, Caller]]:
    made = {}
    with Caller(app) as author, Caller(app) as researcher, Caller(app) as manager:
        made = {"author": author, "researcher": researcher, "manager": manager}
        for name, caller in made.items():
            caller.sign_in(getattr(people, name))
        yield made


def drawn(form: Form, count: int) -> Iterator[dict[str, Any]]:
    """Which fields get which bad values: each alone in turn, and for every third input several at once."""
    random_ = random.Random("bad input")
    alone = [(path, number) for path, bad in form.bad.items() for number in range(len(bad))]
    random_.shuffle(alone)
    for turn in range(count):
        if turn % 3:
            path, number = alone[turn % len(alone)]
            yield {path: form.bad[path][number]}
            continue
        chosen: dict[str, Any] = {}
        for path in random_.sample(sorted(form.bad), min(len(form.bad), random_.randint(2, 4))):
            if not any(overlap(path, other) for other in chosen):
                chosen[path] = random_.choice(form.bad[path])
        yield chosen


def overlap(one: str, other: str) -> bool:
    """Whether they are the same, or one lies within the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def spoiled(form: Form, chosen: Mapping[str, Any]) -> dict[str, Any]:
    sent = form.valid()
    for path, value in chosen.items():
        *parents, name = path.split(".")
        inner = sent
        for parent in parents:
            inner[parent] = inner = dict(inner[parent])
        if value is ABSENT:
            inner.pop(name, None)
        else:
            inner[name] = value
    return sent


def refusal_of(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except Exception as refusal:
        return refusal
    return None


def check_named(form: Form, chosen: Mapping[str, Any], named: list[str]) -> None:
    """Every finding is about a field that was spoiled, and every spoiled field is found.

    What has a wrong form is told first and all at once; what does not fit the rest, once all forms are right.
    """
    paths = {path.removeprefix(form.sheds): value for path, value in chosen.items()}
    related = {other for group in form.akin if group & paths.keys() for other in group}
    for name in named:
        assert any(overlap(name, path) for path in {*paths, *related}), (name, sorted(paths))
    found_at = {path.removeprefix(form.sheds): stage(form, path, value) for path, value in chosen.items()}
    for path in [path for path, at in found_at.items() if at == min(found_at.values())]:
        akin = {path}.union(*(group for group in form.akin if path in group))
        told = any(overlap(name, each) for name in named for each in akin)
        assert told or akin & paths.keys() > {path}, (path, named)


def stage(form: Form, path: str, value: Any) -> int:
    """When it is found out: by the form of what is sent, by the form of what lies in it, or by what it means."""
    sent = spoiled(form, {path: value})
    models = [(form.model, sent)] if form.model else []
    models += [(SampleChange, sent["changes"])] if form.sheds and isinstance(sent.get("changes"), dict) else []
    for at, (model, part) in enumerate(models):
        try:
            read(model, part)
        except BadInput:
            return at
    return len(models)


def check_told(finding: Finding) -> None:
    for language in words.LANGUAGES:
        assert message(language, finding.code, tuple(finding.values)) is not None


@cache
def message(language: str, code: str, names: tuple[str, ...]) -> str:
    told = words.text(language, f"finding.{code}", **dict.fromkeys(names, 1))
    assert told.strip()
    return told


def stored() -> dict[str, int]:
    """How many rows each table has."""
    with transaction() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def shown(chosen: Mapping[str, Any]) -> str:
    """For a message: what it was that went wrong."""
    return str({path: _shown(value) for path, value in chosen.items()})


def _shown(value: Any) -> str:
    try:
        return repr(value)[:60]
    except ValueError:
        return "a number of thousands of digits"


@pytest.mark.parametrize("count", [500, pytest.param(5000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_bad_input_is_told_field_by_field_and_not_stored(people: People, form: Form, count: int) -> None:
    before = stored()
    for chosen in drawn(form, min(count, form.most)):
        sent = spoiled(form, chosen)
        refusal = refusal_of(lambda sent=sent: form.submit(people, sent))
        assert type(refusal) is BadInput, (shown(chosen), repr(refusal))
        check_named(form, chosen, [finding.field for finding in refusal.findings])
        for finding in refusal.findings:
            check_told(finding)
    assert stored() == before


@pytest.mark.parametrize("count", [40, pytest.param(500, marks=pytest.mark.soak)])
@pytest.mark.parametrize("form", [pytest.param(form, id=name) for name, form in FORMS.items() if form.request])
def test_bad_input_over_the_api(people: People, callers: dict[str, Caller], form: Form, count: int) -> None:
    before = stored()
    assert form.request is not None
    for chosen in drawn(form, count):
        sent = spoiled(form, chosen)
        role, method, address = form.request(people, sent)
        content = json.dumps(sent)
        headers = {"Content-Type": "application/json"} | ({} if method == "put" else {"If-Match": '"1"'})
        answer = callers[role].request(method, address, content=content, headers=headers)
        told = answer.json()
        if len(content) > 1024**2:
            assert (answer.status_code, told["code"]) == (413, "payload_too_large")
            continue
        if answer.status_code == 400:  # a number of thousands of digits is no JSON that anybody reads
            assert told["code"] == "malformed"
            continue
        assert (answer.status_code, told["code"]) == (422, "bad_input"), (shown(chosen), answer.text)
        assert all(found["message"] for found in told["errors"])
        if not any(unicode_half(value) for value in (*chosen, *chosen.values())):
            check_named(form, chosen, [found["field"] for found in told["errors"]])
    assert stored() == before


def unicode_half(value: Any) -> bool:
    return isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value)


FREE_TEXT = f"{SQL} {HTML} {EMOJI} %s {{0}}"


def test_odd_but_good_text_is_kept_as_it_is(people: People) -> None:
    """Who has such a name, or writes such a note, is right."""
    new = values(farm_address=FREE_TEXT, farmer_name=EMOJI)
    sample = samples.register(people.researcher, ids.new(), read(FreshSample, new)).sample
    assert (sample.farm_address, sample.farmer_name, sample.province) == (FREE_TEXT, EMOJI, None)
    done = processed() | {"device": FREE_TEXT, "note": f"{FREE_TEXT}\n\tSecond line."}
    kept = rounds.add(people.researcher, people.approved, 1, read(NewRound, done)).sample.rounds[1]
    assert (kept.device, kept.note) == (FREE_TEXT, done["note"])
    said = read(NewEvaluation, tasted() | {"panelist": EMOJI})
    part = evaluations.write(people.researcher, people.approved, 0, uuid4(), said).sample.rounds[0]
    assert EMOJI in [evaluation.panelist for evaluation in part.evaluations]
    found = read(NewMeasurement, measured() | {"instrument": FREE_TEXT, "note": FREE_TEXT})
    (value,) = measurements.write(people.researcher, people.approved, 0, uuid4(), found).sample.rounds[0].measurements
    assert (value.instrument, value.note) == (FREE_TEXT, FREE_TEXT)
    person = NewUser(email=f"{uuid4().hex}@example.com", name=EMOJI, organisation=FREE_TEXT, password=PASSWORD)
    account = users.create(people.manager, person)
    assert (account.name, account.organisation) == (EMOJI, FREE_TEXT)
    assert saved_views.save(people.author, "samples", FREE_TEXT[:60], {"q": SQL}).query == {"q": SQL}
    assert drafts.save(people.author, "fresh", {"note": FREE_TEXT}).content == {"note": FREE_TEXT}
    assert edit_requests.refuse(people.researcher, people.wish, FREE_TEXT).answer == FREE_TEXT
    assert reviews.reject(people.researcher, people.pending, 1, "other", FREE_TEXT).status == "rejected"
    review = samples.get(people.author, people.pending).last_review
    assert review is not None
    assert review.text == FREE_TEXT


NO_IDS = (
    "",
    " ",
    "nonsense",
    "00000000001",
    "7K3M9QXD2P",
    SQL,
    HTML,
    EMOJI,
    "a\0b",
    "\ud800",
    HUGE,
    "../../etc/passwd",
)


@pytest.mark.parametrize("odd", NO_IDS, ids=range(len(NO_IDS)))
def test_an_id_that_is_none_is_nothings(people: People, odd: str) -> None:
    who = people.manager
    for act in (
        lambda: samples.get(who, odd),
        lambda: samples.edit(who, odd, 1, SampleChange(sex="female")),
        lambda: reviews.approve(who, odd, 1),
        lambda: reviews.claim(who, odd),
        lambda: rounds.add(who, odd, 1, read(NewRound, processed())),
        lambda: recycle_bin.remove(who, odd, 1, "Wrong."),
        lambda: recycle_bin.restore(who, odd),
        lambda: recycle_bin.purge(who, odd, "Asked for."),
        lambda: history.of_sample(who, odd),
        lambda: reviews.resubmission(who, odd),
    ):
        assert type(refusal_of(act)) is NotFound
    refusal = refusal_of(lambda: samples.register(who, odd, read(FreshSample, values())))
    assert isinstance(refusal, BadInput)
    assert [finding.field for finding in refusal.findings] == ["id"]
    assert reviews.approve_many(who, [(odd, 1)])[0].refusal is not None


def test_a_field_that_every_sample_has_is_not_emptied(people: People) -> None:
    emptied = SampleChange(**dict.fromkeys(NEEDED))
    version = samples.get(people.manager, people.approved).version
    refusal = refusal_of(lambda: samples.edit(people.manager, people.approved, version, emptied))
    assert isinstance(refusal, BadInput)
    assert {(finding.field, finding.code) for finding in refusal.findings} == {(name, "missing") for name in NEEDED}


def test_a_wish_that_looks_wrong_is_confirmed_by_who_has_it(people: People) -> None:
    unlikely = {"born_on": "2005-01-01"}
    refusal = refusal_of(
        lambda: edit_requests.request_edit(
            people.author, people.late, uuid4(), NewEditRequest(changes=unlikely, note="So it is.")
        )
    )
    assert isinstance(refusal, Unconfirmed)
    confirmed = unlikely | {"confirmed_warnings": ["born_on:unusual_age"]}
    request_id = uuid4()
    edit_requests.request_edit(
        people.author, people.late, request_id, NewEditRequest(changes=confirmed, note="So it is.")
    )
    assert edit_requests.grant(people.researcher, request_id).state == "granted"
    assert [w["code"] for w in samples.get(people.author, people.late).warnings] == ["unusual_age"]
