"""Bad input, hundreds of it into each form: told field by field in both languages, and nothing stored.

Each input is right but for one field or a few, drawn with a fixed seed: other types, numbers far out, days in the
past and the future, texts of ten megabytes, control signs, halves of characters, SQL, HTML, ids that are none, and
choices that do not fit the rest. All of them go to core, and what travels as JSON to the API as well.
"""

import json
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select

from api.app import app
from core import (
    accounts,
    clock,
    drafts,
    evaluations,
    history,
    ids,
    measurements,
    photos,
    recycle_bin,
    reviews,
    rounds,
    samples,
    saved_views,
    traceability,
    users,
    words,
)  # fmt: skip
from core.accounts import NewUser
from core.db import transaction
from core.errors import BadInput, Finding, NotFound, Unconfirmed
from core.evaluations import NewEvaluation
from core.inputs import read
from core.measurements import NewMeasurement
from core.photos import NewPhoto
from core.policy import Actor
from core.reviews import Rejection
from core.rounds import NewRound, Removal
from core.samples import FreshSample, SampleChange, SampleFilter, edit_requests
from core.samples.edit_requests import NewEditRequest, Refusal
from core.saved_views import NewView
from core.tables import Base, Sample
from core.users import UserChange, UserFilter
from tests.api.conftest import Caller
from tests.makers import PASSWORD, jpeg, make_approved, make_sample, make_user, values
from tests.permissions import LATE

ABSENT = object()
SQL, HTML, EMOJI = "'; drop table samples; --", "<script>alert(1)</script>", "🥩👩🏽‍🔬🇰🇷"
HUGE = "가" * 3_400_000  # ten megabytes of UTF-8
FAR = (1e308, -1e308, math.nan, math.inf, -math.inf, 10**400, -(10**400))
NESTED: list[Any] = []
for _ in range(50):
    NESTED = [NESTED]
SHAPES: tuple[Any, ...] = ([], {}, NESTED, {"a": [1]}, [None])
NO_TEXT = (0, -1, 1.5, True, math.nan, 10**400, *SHAPES)
ODD_TEXT = ("a\0b", "\x1b[31mred", "a\x85b", "\x7f", "\ud800", "half \udfff")
NO_KEY = (SQL, HTML, EMOJI, "nonsense", "한우", "%", "{0}", "../..")
GONE = (None, ABSENT)

Bad = tuple[Any, ...]


def line(longest: int = 200, *, needed: bool = True) -> Bad:
    empty = ("", "  \n ", *GONE) if needed else ()
    return (*NO_TEXT, *ODD_TEXT, *empty, "x" * (longest + 1), HUGE)


def choice(*more: Any, needed: bool = True) -> Bad:
    """For a key of the catalogue: what the catalogue does not have, or has elsewhere."""
    return (*line(needed=needed), *NO_KEY, *more)


def literal(*, needed: bool = True) -> Bad:
    return (*NO_TEXT, *ODD_TEXT, *NO_KEY, "", HUGE, *(GONE if needed else ()))


def whole(low: int, high: int, *, needed: bool = False) -> Bad:
    no_numbers = ("", "one", SQL, EMOJI, "9" * 5000, "\ud800")
    return (*FAR, *SHAPES, low - 1, high + 1, 1.5, *no_numbers, *(GONE if needed else ()))


def number(low: float, high: float, *, needed: bool = False) -> Bad:
    outside = (low - 0.001, high + 0.001)
    return (*FAR, *SHAPES, *outside, "", "one", SQL, EMOJI, "1,5", "\ud800", *(GONE if needed else ()))


def day(*more: str, needed: bool = False) -> Bad:
    no_days = ("", "yesterday", "2026-02-30", "2026-13-01", "03/05/2026", "10000-01-01", "2026-03-05T12:00:00Z", SQL)
    far = (1e308, math.nan, math.inf, 10**400, 0.5)
    return (*no_days, EMOJI, "\ud800", *far, *SHAPES, *more, *(GONE if needed else ()))


def instant(*more: str, needed: bool = True) -> Bad:
    """Also without a zone, and so far off that a database or a calendar cannot hold it."""
    naive = ("2026-03-10T10:00:00", "2026-03-10")
    far = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", 1e308)
    no_instants = ("", "now", SQL, EMOJI, "\ud800", math.nan, 10**400, *SHAPES)
    return (*naive, *far, *no_instants, *more, *(GONE if needed else ()))


def identity(*, needed: bool = True) -> Bad:
    no_ids = ("", "nonsense", "0" * 31, SQL, EMOJI, HUGE, "\ud800", 1, math.nan, 10**400)
    return (*no_ids, *SHAPES, *(GONE if needed else ()))


SHA256 = ("", "a" * 63, "a" * 65, "g" * 64, HUGE, "\ud800", 1, math.nan, 10**400, *SHAPES)
TICKED = ("text", 1, True, {"a": 1}, [1], [None], [["a"]], [""], ["a\0b"], ["x" * 201], ["x"] * 51, [HUGE], [[]])
STRANGER = (1, "x", None, NESTED, HUGE, "\ud800")
NO_OBJECT = (None, ABSENT, 1, "x", "", [], [[]], True, math.nan, 10**400, "\ud800")
SCORE = (*number(1, 10), 5.3, 0, -1)
FUTURE, PAST = "2099-01-01", "1999-12-31"
LATER, BEFORE = "2099-01-01T00:00:00Z", "2026-03-01T00:00:00Z"


@dataclass(frozen=True, eq=False)
class Form:
    """What is sent, where it goes, and what is bad in each of its fields.

    `akin`: fields that are judged together, so that either may be named for the other.
    """

    model: type[BaseModel] | None
    valid: Callable[[], dict[str, Any]]
    bad: Mapping[str, Bad]
    submit: Callable[["People", dict[str, Any]], object]
    request: Callable[["People", dict[str, Any]], tuple[str, str, str]] | None = None  # role, method, address
    akin: tuple[frozenset[str], ...] = ()
    most: int = 10**6  # inputs: where each takes long
    sheds: str = ""  # what the names of findings leave out


@dataclass(frozen=True)
class People:
    """Who sends, and what there is to send it to."""

    author: Actor
    researcher: Actor
    manager: Actor
    pending: str
    late: str
    approved: str
    wish: Any


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


def changes() -> dict[str, Any]:
    sent = values()
    return {name: value for name, value in sent.items() if name != "photo"}


SAMPLE_FIELDS: dict[str, Bad] = {
    "trace_number": (*line(needed=False), *NO_KEY, "00286086431", "L19991301001001", "1" * 13),
    "species": literal(needed=False),
    "primal_cut": choice("belly", "Loin", needed=False),
    "secondary_cut": choice("pork_belly", "brisket", needed=False),
    "breed": choice("landrace", needed=False),
    "sex": choice("unknown", needed=False),
    "grade": choice("1+++", "A", needed=False),
    "bms": whole(1, 9),
    "graded_on": day(FUTURE, PAST, "2026-03-04"),
    "slaughtered_on": day(FUTURE, PAST),
    "born_on": day(FUTURE, "1950-01-01", "2026-03-05"),
    "carcass_weight_kg": number(10, 1500),
    "backfat_mm": number(0, 200),
    "ribeye_area_cm2": number(5, 300),
    "farm_address": line(needed=False),
    "farmer_name": line(needed=False),
    "scores.scale": (*choice(), "1-5 "),
    **{f"scores.{name}": (*SCORE, *GONE) for name in ("marbling", "color", "texture", "surface_moisture", "overall")},
    "scores.taste": STRANGER,
    "confirmed_warnings": TICKED,
    "version": STRANGER,
}
NEEDED = ("trace_number", "species", "primal_cut", "secondary_cut", "slaughtered_on")
SAMPLE_AKIN = (
    frozenset({"primal_cut", "secondary_cut"}),
    frozenset({"born_on", "slaughtered_on", "graded_on", "captured_at", "grade", "bms"}),
    frozenset({"scores.scale", *(name for name in SAMPLE_FIELDS if name.startswith("scores."))}),
)


def fresh_form() -> Form:
    gone = {name: (*SAMPLE_FIELDS[name], *GONE) for name in NEEDED}
    more = {
        "captured_at": instant(needed=False),
        "scores": NO_OBJECT,
        "photo": NO_OBJECT,
        "photo.id": identity(),
        "photo.sha256": SHA256,
        "photo.name": STRANGER,
    }
    return Form(
        FreshSample, values, SAMPLE_FIELDS | gone | more,
        lambda who, sent: samples.register(who.author, ids.new(), read(FreshSample, sent)),
        lambda who, sent: ("author", "put", f"/v1/samples/{ids.new()}"), SAMPLE_AKIN,
    )  # fmt: skip


def measured() -> dict[str, Any]:
    return {
        "preparation": "raw", "replicate": 1, "values": {"ph": 5.6, "moisture": 70.0}, "instrument": "A",
        "measured_at": "2026-03-10T00:00:00Z", "cook_before_g": 100.0, "cook_after_g": 75.0, "note": "Fine.",
    }  # fmt: skip


def tasted() -> dict[str, Any]:
    return {
        "preparation": "heated", "scale": "1-10", "scores": {"flavor": 4, "umami": 6}, "panelist": "P7",
        "replicate": 1, "day": 3, "evaluated_at": "2026-03-10T00:00:00Z",
    }  # fmt: skip


def processed() -> dict[str, Any]:
    return {
        "method": "deep_aging", "started_at": "2026-03-10T00:00:00Z", "minutes": 60, "temperature_c": 4,
        "pressure_mpa": 1, "frequency_khz": 40, "device": "A", "weight_before_g": 500, "weight_after_g": 490,
        "note": "Fine.",
    }  # fmt: skip


FORMS: dict[str, Form] = {
    "fresh": fresh_form(),
    "change": Form(
        SampleChange, changes, SAMPLE_FIELDS,
        lambda who, sent: samples.edit(who.author, who.pending, 1, read(SampleChange, sent)),
        lambda who, sent: ("author", "patch", f"/v1/samples/{who.pending}"), SAMPLE_AKIN,
    ),
    "wish": Form(
        NewEditRequest, lambda: {"changes": changes(), "note": "Mistyped."},
        {f"changes.{name}": bad for name, bad in SAMPLE_FIELDS.items()}
        | {"changes": (*NO_OBJECT, {}), "note": line(2000), "who": STRANGER},
        lambda who, sent: edit_requests.request_edit(who.author, who.late, uuid4(), read(NewEditRequest, sent)),
        lambda who, sent: ("author", "put", f"/v1/samples/{who.late}/edit_requests/{uuid4()}"),
        SAMPLE_AKIN, sheds="changes.",
    ),
    "round": Form(
        NewRound, processed,
        {
            "method": choice("deep aging"), "started_at": instant(LATER, BEFORE),
            "minutes": whole(1, 1440, needed=True), "temperature_c": number(-60, 120),
            "pressure_mpa": number(0, 1000), "frequency_khz": number(0, 3e6),
            "device": line(needed=False), "weight_before_g": number(0.001, 5e5), "weight_after_g": number(0.001, 5e5),
            "note": line(2000, needed=False), "confirmed_warnings": TICKED, "seq": STRANGER,
        },
        lambda who, sent: rounds.add(who.researcher, who.approved, 1, read(NewRound, sent)),
        lambda who, sent: ("researcher", "put", f"/v1/samples/{who.approved}/rounds/1"),
        (frozenset({"method", "minutes"}),),
    ),
    "evaluation": Form(
        NewEvaluation, tasted,
        {
            "preparation": literal(), "scale": choice("1-100"), "scores": (*NO_OBJECT, {}),
            "scores.flavor": (*SCORE, None), "scores.umami": (*SCORE, None), "scores.marbling": (5, *STRANGER),
            "scores.a\0b": (5,), "panelist": line(needed=False), "replicate": whole(1, 99), "day": whole(0, 120),
            "evaluated_at": instant(LATER, BEFORE), "confirmed_warnings": TICKED, "evaluator": STRANGER,
        },
        lambda who, sent: evaluations.write(who.researcher, who.approved, 0, uuid4(), read(NewEvaluation, sent)),
        lambda who, sent: ("researcher", "put", f"/v1/samples/{who.approved}/rounds/0/evaluations/{uuid4()}"),
        (frozenset({"scale", "scores.flavor", "scores.umami"}),),
    ),
    "measurement": Form(
        NewMeasurement, measured,
        {
            "preparation": literal(), "replicate": whole(1, 99), "values": NO_OBJECT,
            "values.ph": (*number(3.5, 9), None), "values.moisture": (*number(0, 100), None),
            "values.gravity": (1, *STRANGER), "values.a\0b": (1,),
            "values.cathepsin": (1,), "cook_before_g": number(0.001, 1e5), "cook_after_g": (*number(0.001, 1e5), 101),
            "cathepsin_unit": line(needed=False), "instrument": line(needed=False), "note": line(2000, needed=False),
            "measured_at": instant(LATER, BEFORE), "confirmed_warnings": TICKED, "seq": STRANGER,
        },
        lambda who, sent: measurements.write(who.researcher, who.approved, 0, uuid4(), read(NewMeasurement, sent)),
        lambda who, sent: ("researcher", "put", f"/v1/samples/{who.approved}/rounds/0/measurements/{uuid4()}"),
        (frozenset({"cook_before_g", "cook_after_g"}), frozenset({"values.cathepsin", "cathepsin_unit"})),
    ),
    "user": Form(
        NewUser, lambda: {"email": f"{uuid4().hex}@example.com", "name": "Somebody", "password": PASSWORD},
        {
            "id": identity(needed=False), "email": (*line(), *NO_KEY, "a@", "@b.c", "a@b", "a b@c.de", "a@b..de"),
            "name": line(100), "role": literal(needed=False), "organisation": line(needed=False),
            "password": (*NO_TEXT, *GONE, "\ud800long enough it is", "", "too short", "x" * 201, HUGE),
            "language": literal(needed=False), "state": STRANGER,
        },
        lambda who, sent: users.create(who.manager, read(NewUser, sent)),
        lambda who, sent: ("manager", "post", "/v1/users"),
    ),
    "user_change": Form(
        UserChange, lambda: {"role": "researcher", "state": "active"},
        {"role": literal(needed=False), "state": (*literal(needed=False), "awaiting"), "name": STRANGER},
        lambda who, sent: users.change(who.manager, who.author.id, read(UserChange, sent)),
        lambda who, sent: ("manager", "patch", f"/v1/users/{who.author.id}"),
    ),
    "password": Form(
        None, lambda: {"password": PASSWORD},
        {"password": ("", "too short", "x" * 201, HUGE, "\ud800long enough it is")},
        lambda who, sent: accounts.change_password(who.author, PASSWORD, sent["password"]),
        most=8,
    ),
    "rejection": Form(
        Rejection, lambda: {"reason": "other", "text": "Mend it."}, {"reason": choice(), "text": line(2000)},
        lambda who, sent: reviews.reject(who.researcher, who.pending, 1, sent.get("reason"), sent.get("text")),
        lambda who, sent: ("researcher", "post", f"/v1/samples/{who.pending}/rejection"),
    ),
    "refusal": Form(
        Refusal, lambda: {"answer": "No."}, {"answer": line(2000)},
        lambda who, sent: edit_requests.refuse(who.researcher, who.wish, sent.get("answer")),
        lambda who, sent: ("researcher", "post", f"/v1/edit_requests/{who.wish}/refusal"),
    ),
    "removal": Form(
        Removal, lambda: {"reason": "Wrong."}, {"reason": line(2000)},
        lambda who, sent: recycle_bin.remove(who.author, who.pending, 1, sent.get("reason")),
    ),
    "draft": Form(
        None, lambda: {"draft": {"sex": "female"}},
        {"draft": ({"a": math.nan}, {"a": [{"b": "\0"}]}, {"\0": 1}, {"a": "\ud800"}, {"a": HUGE}, {"a": 10**5000},
                   {"a": object()}, {"a": b""}, [], "x", None, 1, {"a": ABSENT})},
        lambda who, sent: drafts.save(who.author, "fresh", sent["draft"]),
    ),
    "view": Form(
        NewView, lambda: {"page": "samples", "name": "Mine", "query": {"owner": "me"}},
        {
            "page": line(40), "name": line(60), "query.sex": (*line(needed=False), None, "", " "), "query.a\0b": ("x",),
            "query": (None, 1, "x", [[]], {str(n): "x" for n in range(41)}, {HUGE: "x"}, {"": "x"}),
        },
        lambda who, sent: saved_views.save(who.author, sent.get("page"), sent.get("name"), sent.get("query")),
    ),
    "filter": Form(
        SampleFilter, lambda: {"status": "pending", "owner": "me", "q": "7K3M"},
        {
            "status": literal(needed=False), "owner": identity(needed=False), "species": line(needed=False),
            "grade": line(needed=False), "slaughtered_from": day("1899-12-31"), "received_to": day("2100-01-01"),
            "has": (1, "x", [1], ["nothing"], [[]], {"a": 1}, [HUGE]), "q": line(needed=False), "x": STRANGER,
        },
        lambda who, sent: samples.page(who.author, read(SampleFilter, sent)),
    ),
    "people": Form(
        UserFilter, lambda: {"q": "a", "role": "normal"},
        {"q": line(needed=False), "role": literal(needed=False), "state": literal(needed=False),
         "after": identity(needed=False), "x": STRANGER},
        lambda who, sent: users.page(who.manager, read(UserFilter, sent)),
    ),
    "photo": Form(
        NewPhoto, lambda: {"photo_id": str(uuid4()), "sha256": sha256(picture()).hexdigest(), "seq": 0},
        {
            "photo_id": identity(), "sha256": (*SHA256, "a" * 64, *GONE), "sample_id": NO_TEXT,
            "seq": whole(0, 999), "preparation": literal(needed=False), "taken_at": instant(needed=False),
        },
        lambda who, sent: photos.send(who.author, read(NewPhoto, sent), picture()),
    ),
    "trace_number": Form(
        None, lambda: {"trace_number": "002086431813"},
        {"trace_number": (*ODD_TEXT, *NO_KEY, "", " ", HUGE, "9" * 5000, "00286086431", "1" * 13, "L19991301001001")},
        lambda who, sent: traceability.look_up(who.author, sent["trace_number"]),
    ),
}  # fmt: skip


@cache
def picture() -> bytes:
    return jpeg()


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
