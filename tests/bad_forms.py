"""Every form of the product: what is right in it, what is bad in each of its fields, and where it goes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

from api.scan import ScannedText
from core import (
    accounts,
    drafts,
    evaluations,
    exports,
    ids,
    measurements,
    photos,
    recycle_bin,
    reviews,
    rounds,
    sample_labels,
    samples,
    saved_views,
    scanning,
    traceability,
    training_runs,
    users,
)
from core.accounts import NewUser
from core.evaluations import NewEvaluation
from core.exports import NewExport
from core.inputs import read
from core.measurements import NewMeasurement
from core.model_versions.promoting import Promoting
from core.photos import NewPhoto
from core.policy import Actor
from core.predictions import batches
from core.predictions.batches import BatchFilter
from core.reviews import Rejection
from core.rounds import NewRound, Removal
from core.sample_labels import NewPrint
from core.samples import FreshSample, SampleChange, SampleFilter, edit_requests
from core.samples.edit_requests import NewEditRequest, Refusal
from core.saved_views import NewView
from core.training_runs import TrainingOptions
from core.users import UserChange, UserFilter
from tests.bad_values import (
    ABSENT,
    BEFORE,
    FUTURE,
    GONE,
    HUGE,
    LATER,
    NO_KEY,
    NO_OBJECT,
    NO_TEXT,
    ODD_TEXT,
    PAST,
    SCORE,
    SHA256,
    SHAPES,
    STRANGER,
    TICKED,
    Bad,
    choice,
    day,
    identity,
    instant,
    line,
    literal,
    number,
    whole,
)
from tests.makers import PASSWORD, jpeg, values


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
    "batch": Form(
        BatchFilter, lambda: {"status": "pending", "owner": "me", "heated": True},
        {
            "status": literal(needed=False), "owner": identity(needed=False), "species": line(needed=False),
            "received_to": day("2100-01-01"), "has": (1, "x", [1], ["nothing"], [[]], {"a": 1}, [HUGE]),
            "heated": (*ODD_TEXT, *NO_KEY, *SHAPES, "", None, 2, 1.5, math.nan), "q": line(needed=False), "x": STRANGER,
        },
        lambda who, sent: batches.start(who.researcher, sent),
        lambda who, sent: ("researcher", "post", "/v1/prediction-batches"),
    ),
    "export": Form(
        NewExport, lambda: {"format": "csv", "filter": {"q": "7K3M"}, "language": "ko"},
        {
            "format": literal(needed=False), "language": literal(needed=False),
            "filter": tuple(each for each in NO_OBJECT if each not in GONE),
            "filter.status": literal(needed=False), "filter.q": line(needed=False),
            "every_status": (*ODD_TEXT, *NO_KEY, *SHAPES, "", None, 2, 1.5, math.nan), "x": STRANGER,
        },
        lambda who, sent: exports.start(who.researcher, sent),
        lambda who, sent: ("researcher", "post", "/v1/exports"),
    ),
    "training": Form(
        TrainingOptions, lambda: {"name": "ours", "scale": "1-10", "seed": 1, "epochs": 4, "side": 128},
        {
            "name": (*line(needed=False), "", None), "scale": (*choice("1-100", needed=False), "", None),
            "seed": (*whole(0, 2**31 - 1), None), "epochs": (*whole(1, 200), None),
            "side": (*whole(96, 448), None), "x": STRANGER,
        },
        lambda who, sent: training_runs.start(who.researcher, sent),
        lambda who, sent: ("researcher", "post", "/v1/training-runs"),
    ),
    "promotion": Form(
        Promoting, lambda: {"reason": "Better."}, {"reason": (*line(2000, needed=False), "  "), "x": STRANGER},
        lambda who, sent: read(Promoting, sent),
        lambda who, sent: ("manager", "post", f"/v1/models/{uuid4()}/promotion"),
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
    "labels": Form(
        NewPrint, lambda: {"ids": [ids.new()], "copies": 2, "size": "40x20"},
        {
            "ids": ([], "x", 1, {}, [1], [None], ["x"], ["a\0b"], ["\ud800"], [HUGE], [[]], ["7K3M9QXD2PA"], *GONE),
            "size": (*literal(needed=False), "30x50", None), "copies": (*whole(1, 20), None),
            "format": (*literal(needed=False), "pdf", None), "dpi": (0, 600, -203, 203.5, "x", None, math.nan, *SHAPES),
            "language": (*literal(needed=False), "de", None), "id": identity(needed=False), "x": STRANGER,
        },
        lambda who, sent: sample_labels.print_labels(who.author, read(NewPrint, sent)),
        lambda who, sent: ("author", "post", "/v1/labels"),
    ),
    "scan": Form(
        ScannedText, lambda: {"text": "002086431813"},
        {"text": (*NO_TEXT, *ODD_TEXT, *NO_KEY, "", " \n", "7K3M9QXD2PA", "8801234567893", "x" * 301, HUGE, *GONE)},
        lambda who, sent: scanning.scan_text(who.author, read(ScannedText, sent).text),
        lambda who, sent: ("author", "post", "/v1/scan"),
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
