"""Every action of data/permissions.csv on the real functions: each role, relation and state.

Where the table and the state permit it, it is done without a word; else it is refused, and nothing is written.
"""

import ast
import hashlib
import importlib
import inspect
import io
import pkgutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
import segno
from sqlalchemy import delete

import core
from core import (
    access,
    accounts,
    background,
    clock,
    drafts,
    evaluations,
    exports,
    history,
    ids,
    imports,
    measurements,
    model_versions,
    notices,
    photos,
    policy,
    predictions,
    recycle_bin,
    reviews,
    rounds,
    sample_labels,
    samples,
    saved_views,
    scanning,
    statistics,
    traceability,
    training_data,
    training_runs,
    users,
)
from core.accounts import NewUser
from core.config import ROOT
from core.db import transaction
from core.errors import EditWindowClosed, MeatlabError, NotAllowed, NotFound, WrongState
from core.evaluations import NewEvaluation
from core.exports import views as export_views
from core.exports import writing
from core.measurements import NewMeasurement
from core.photos import NewPhoto
from core.policy import Actor
from core.predictions import PhotoToPredict, batches, neighbours
from core.predictions.batches import views as batch_views
from core.rounds import NewRound
from core.sample_labels import Choice, NewPrint
from core.samples import SampleChange, SampleFilter, edit_requests, lists
from core.statistics import runs
from core.tables import ReviewClaim
from core.users import UserChange, UserFilter
from tests.makers import PASSWORD, direction, fresh, jpeg, make_live_model, make_user, said, trace_number, weights
from tests.permissions import (
    CASES,
    FARMER,
    OUTSIDE,
    PENDING,
    ROLES,
    STATES,
    TABLE,
    Case,
    Scene,
    Scenes,
    is_in_short_run,
    outcome,
)

# Actions of which the product has only the rule so far.
NOT_YET = {"reference.edit"}
# Of people about themselves, or of a rule that the table does not have: their own tests see to them.
BESIDE_THE_TABLE = {
    edit_requests.request_edit, edit_requests.get, edit_requests.grant, edit_requests.refuse,
    notices.unread, notices.mark_read,
}  # fmt: skip
# What those functions are made of.
MACHINERY = {
    access.visible, policy.allows, policy.require, background.seen_by, lists.fitting, batch_views.as_stored,
    batch_views.photos, neighbours.of_version, export_views.as_asked, export_views.may_have_names, writing.write,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Call:
    """A function of core, what it is called with, and where it goes through if not where its action does.

    `told` raises what the answer says of a refusal, where the function raises none itself.
    """

    function: Callable[..., Any]
    arguments: Callable[[Scene], tuple[Any, ...]]
    options: Callable[[], dict[str, Any]] = dict
    fits: Collection[str] = ()
    told: Callable[[Any, Scene], None] = lambda answer, scene: None

    def __call__(self, scene: Scene) -> None:
        self.told(self.function(scene.actor, *self.arguments(scene), **self.options()), scene)


def new_round(hour: int) -> NewRound:
    return NewRound.model_validate(
        {"method": "deep_aging", "started_at": f"2026-03-06T{hour:02}:00:00Z", "minutes": 60, "device": "A"}
    )


def scores(preparation: str) -> NewEvaluation:
    given = {"marbling": 4, "color": 6} if preparation == "raw" else {"flavor": 4, "umami": 6}
    return NewEvaluation(
        preparation=preparation, scale="1-10", scores=given, replicate=2, evaluated_at=clock.now()
    )  # fmt: skip


def values(replicate: int = 2) -> NewMeasurement:
    return NewMeasurement(preparation="raw", replicate=replicate, values={"ph": 5.7}, measured_at=clock.now())


def id_only(scene: Scene) -> tuple[Any, ...]:
    return (scene.id,)


def seen(scene: Scene) -> tuple[Any, ...]:
    return scene.id, scene.version


def photo_only(scene: Scene) -> tuple[Any, ...]:
    return (scene.photo,)


def among(answer: Any, scene: Scene) -> None:
    if scene.id not in [row.id for row in answer.rows]:
        raise NotFound


def is_known(answer: Any, scene: Scene) -> None:
    if not answer.is_known:
        raise NotFound


def is_chosen(answer: Any, scene: Scene) -> None:
    if scene.id not in ([each.id for each in answer.samples] if isinstance(answer, Choice) else answer):
        raise NotFound


def code_of(sample_id: str) -> bytes:
    out = io.BytesIO()
    segno.make_qr(sample_id, error="h").save(out, "png", scale=4)
    return out.getvalue()


def shows_person(answer: Any, scene: Scene) -> None:
    if answer.farmer_name != FARMER:
        raise NotAllowed


def is_yes(answer: Any, scene: Scene) -> None:
    if not answer:
        raise NotAllowed


def each_done(answer: Any, scene: Scene) -> None:
    for one in answer:
        if one.refusal is not None:
            raise one.refusal


def is_attached(answer: Any, scene: Scene) -> None:
    """For a sample that is not there to see, a photo is only received."""
    if answer.sample_id != scene.id:
        raise NotFound


def to_predict(scene: Scene) -> PhotoToPredict:
    return PhotoToPredict(scene.photo, scene.id, "", "", "cattle", "loin")


def in_round(seq: int, preparation: str, known: str) -> list[Call]:
    return [
        Call(evaluations.write, lambda s: (s.id, seq, uuid4(), scores(preparation))),
        Call(evaluations.remove, lambda s: (s.id, seq, getattr(s, known), s.version)),
    ]


CALLS: dict[str, list[Call]] = {
    "sample.view": [
        Call(samples.get, id_only),
        Call(samples.allowed, id_only),
        Call(samples.page, lambda s: (SampleFilter(q=s.id),), told=among),
        Call(edit_requests.of_sample, id_only),
        Call(scanning.scan_text, id_only, told=is_known),
        Call(scanning.scan_image, lambda s: (code_of(s.id),), told=is_known),
    ],
    "sample.edit": [Call(samples.edit, lambda s: (*seen(s), SampleChange(sex="female")))],
    "sample.submit_again": [Call(samples.submit_again, seen)],
    "sample.create_processed": [
        Call(rounds.add, lambda s: (s.id, 2, new_round(9))),
        Call(rounds.change, lambda s: (s.id, 1, new_round(0), s.version)),
        Call(rounds.remove, lambda s: (s.id, 1, s.version, "Wrong.")),
    ],
    "sample.move_to_bin": [Call(recycle_bin.remove, lambda s: (*seen(s), "Wrong."))],
    "sample.restore": [
        Call(recycle_bin.restore, id_only),
        Call(recycle_bin.restore_round, lambda s: (s.id, -1), lambda: {"with_sample": True}),
        Call(recycle_bin.restore_many, lambda s: ([(s.id, recycle_bin.SAMPLE)],), told=each_done),
        Call(recycle_bin.photo, lambda s: (s.photo, "256"), fits={"bin"}),
    ],
    "sample.purge": [Call(recycle_bin.purge, lambda s: (s.id, "Asked for."))],
    "review.view_queue": [Call(reviews.resubmission, id_only)],
    "review.approve": [
        Call(reviews.approve, seen),
        Call(reviews.approve_many, lambda s: ([seen(s)],), told=each_done),
        Call(reviews.may_review, id_only, fits=OUTSIDE, told=is_yes),
    ],
    "review.reject": [Call(reviews.reject, lambda s: (*seen(s), "other", "Mend it."))],
    "review.claim": [Call(reviews.claim, id_only)],
    "photo.add": [
        Call(photos.add, lambda s: (s.id, 0, "raw", picture()), lambda: {"photo_id": uuid4()}),
        Call(photos.send, lambda s: sent_photo(s.id), told=is_attached),
    ],
    "photo.view": [
        Call(photos.get, photo_only),
        Call(photos.content, lambda s: (s.photo, "256")),
    ],
    "evaluation.write_fresh": in_round(0, "raw", "raw"),
    "evaluation.write_processed": in_round(1, "raw", "processed"),
    "evaluation.write_heated": in_round(0, "heated", "heated"),
    "measurement.write": [
        Call(measurements.write, lambda s: (s.id, 0, uuid4(), values())),
        Call(measurements.write_sheet, lambda s: (s.id, 1, {uuid4(): values(1)}, [], s.version)),
        Call(measurements.remove, lambda s: (s.id, 0, s.measurement, s.version)),
    ],
    "personal_data.view": [Call(samples.get, id_only, told=shows_person)],
    "label.print": [
        Call(sample_labels.print_labels, lambda s: (NewPrint(ids=[s.id], format="zpl", dpi=203),)),
        Call(sample_labels.choose, lambda s: ([s.id], "ko"), told=is_chosen),
        Call(sample_labels.of_filter, lambda s: (SampleFilter(q=s.id),), told=is_chosen),
    ],
    "audit.view": [Call(history.of_sample, id_only), Call(history.of_field, lambda s: (s.id, "sex"))],
    "prediction.run": [
        Call(predictions.request, photo_only),
        Call(predictions.of_photo, photo_only),
        Call(predictions.photo, photo_only),
        Call(predictions.store, lambda s: (to_predict(s), s.model, said())),
        Call(predictions.get, lambda s: (s.prediction,)),
        Call(predictions.measured, photo_only),
        Call(predictions.similar, photo_only),
    ],
    "prediction.accept": [Call(predictions.accept, lambda s: (s.prediction,))],
}


def of_own_run(function: Callable[..., Any]) -> Callable[..., Any]:
    """About a run of statistics of the actor's own; of a manager's where the actor can have none."""

    @wraps(function)
    def act(actor: Actor) -> Any:
        owner = actor if actor.role != "normal" else make_user("manager")
        return function(actor, runs.start(owner, "mixed", {}).id)

    return act


def of_own_batch(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same of a batch."""

    @wraps(function)
    def act(actor: Actor) -> Any:
        owner = actor if actor.role != "normal" else make_user("manager")
        make_live_model()
        return function(actor, batches.start(owner, {"species": "pig"}).id)

    return act


def of_own_training(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same of a training."""

    @wraps(function)
    def act(actor: Actor) -> Any:
        owner = actor if actor.role != "normal" else make_user("manager")
        return function(actor, training_runs.start(owner, {}).id)

    return act


def of_own_export(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same of an export that is done."""

    @wraps(function)
    def act(actor: Actor) -> Any:
        asked = exports.start(actor if actor.role != "normal" else make_user("manager"), {"filter": {"q": "0000"}})
        exports.work(asked.id)
        return function(actor, asked.id)

    return act


def of_own_import(function: Callable[..., Any], *steps: Callable[..., Any]) -> Callable[..., Any]:
    """The same of an import that is looked through, and more where `steps` say so."""

    @wraps(function)
    def act(actor: Actor, *more: Any) -> Any:
        owner = actor if actor.role != "normal" else make_user("manager")
        asked = imports.start(owner, "x.csv", f"이력번호,부위,도축일자\n{trace_number()},채끝살,2026-03-05\n".encode())
        imports.work(asked.id)
        for step in steps:
            step(owner, asked.id)
            imports.work(asked.id)
        return function(actor, asked.id, *more)

    return act


@wraps(exports.save)
def save_export(actor: Actor) -> Any:
    with TemporaryDirectory() as folder:
        return exports.save(actor, {"filter": {"q": "0000"}}, Path(folder) / "all.xlsx", lambda done, total: None)


@wraps(model_versions.register)
def register_model(actor: Actor) -> Any:
    said = {"name": "own", "version": uuid4().hex, "trained_on": "folder", "report": {}}
    return model_versions.register(actor, weights(), **said)


@wraps(model_versions.roll_back)
def roll_back_model(actor: Actor) -> Any:
    """There is a way back."""
    make_live_model()
    return model_versions.roll_back(actor, make_live_model())


# About nothing that exists yet, about all, or about what is the actor's own.
FREE: dict[str, list[tuple[Callable[..., Any], Callable[[], tuple[Any, ...]]]]] = {
    "sample.create_fresh": [
        (samples.register, lambda: (ids.new(), fresh())),
        (photos.receive, lambda: (picture(),)),
        (drafts.save, lambda: ("fresh", {"sex": "female"})),
        (drafts.load, lambda: ("fresh",)),
        (drafts.discard, lambda: ("fresh",)),
        (traceability.look_up, lambda: ("812345678901",)),
    ],
    "sample.view": [(samples.authors, tuple)],
    "sample.restore": [(recycle_bin.items, tuple)],
    "review.view_queue": [(reviews.queue, tuple), (reviews.waiting, tuple), (edit_requests.waiting, tuple)],
    "review.claim": [(reviews.next_item, tuple), (reviews.release, lambda: (ids.new(),))],
    "prediction.run": [
        (predictions.similar_to, lambda: (direction(0), make_live_model())),
        (model_versions.browse, tuple),
        (model_versions.get, lambda: (make_live_model(),)),
        (model_versions.live, tuple),
        (model_versions.promotions, tuple),
        (batches.start, lambda: ({"species": "pig"},)),
        (batches.count, lambda: ({"species": "pig"},)),
        (batches.browse, tuple),
        *((of_own_batch(function), tuple) for function in (batches.get, batches.cancel, batches.rows)),
    ],
    "prediction.accept": [(of_own_batch(batches.accept_all), tuple)],
    "export.run": [
        (exports.start, lambda: ({"filter": {"q": "0000"}},)),
        (exports.count, lambda: ({},)),
        (exports.browse, tuple),
        (save_export, tuple),
        *((of_own_export(function), tuple) for function in (exports.get, exports.cancel, exports.file)),
    ],
    "import.run": [
        (imports.start, lambda: ("x.csv", b"x")),
        (imports.browse, tuple),
        (imports.template_for, lambda: ("ko",)),
        (imports.mappings.save, lambda: (uuid4().hex, {"x": "skip"})),
        (imports.mappings.browse, tuple),
        *(
            (of_own_import(function), tuple)
            for function in (imports.get, imports.findings, imports.columns, imports.confirm, imports.cancel)
        ),
        (of_own_import(imports.answer), lambda: ({},)),
        (of_own_import(imports.marked), lambda: ("ko",)),
    ],
    "import.undo": [(of_own_import(imports.undo, imports.confirm), tuple)],
    "model.train": [
        (register_model, tuple),
        (training_data.read, tuple),
        (training_runs.start, lambda: ({},)),
        (training_runs.browse, tuple),
        *((of_own_training(function), tuple) for function in (training_runs.get, training_runs.cancel)),
    ],
    "model.promote": [(model_versions.promote, lambda: (make_live_model(),)), (roll_back_model, tuple)],
    "statistics.view": [
        (statistics.view, lambda: ("grades", {})),
        (statistics.samples_behind, lambda: ({},)),
        (runs.start, lambda: ("mixed", {})),
        (runs.recent, tuple),
        (of_own_run(runs.get), tuple),
        (of_own_run(runs.cancel), tuple),
    ],
    "label.print": [(sample_labels.prints, tuple)],
    "user.list": [(users.page, lambda: (UserFilter(),)), (users.waiting, tuple)],
    "user.create": [(users.create, lambda: (new_user(),)), (accounts.create, lambda: (new_user(),))],
    "user.edit_profile": [
        (accounts.change_language, lambda: ("ko",)),
        (accounts.change_password, lambda: (PASSWORD, PASSWORD)),
        (saved_views.save, lambda: ("samples", "Mine", {"owner": "me"})),
        (saved_views.of, lambda: ("samples",)),
        (saved_views.remove, lambda: (uuid4(),)),
    ],
}
# About another person; "not_self" speaks of the actor's own account.
PEOPLE: dict[str, list[tuple[Callable[..., Any], tuple[Any, ...]]]] = {
    "user.list": [(users.get, ())],
    "user.create": [(users.activate, ())],
    "user.change_role": [(users.change_role, ("researcher",)), (users.change, (UserChange(role="researcher"),))],
    "user.deactivate": [(users.deactivate, ())],
}


@cache
def picture() -> bytes:
    return jpeg()


def sent_photo(sample_id: str) -> tuple[NewPhoto, bytes]:
    promised = hashlib.sha256(picture()).hexdigest()
    return NewPhoto(photo_id=uuid4(), sha256=promised, sample_id=sample_id), picture()


def new_user() -> NewUser:
    return NewUser(email=f"{uuid4().hex}@example.com", name="Somebody", password=PASSWORD)


@pytest.fixture(scope="module")
def scenes(servers: dict[str, str]) -> Scenes:
    return Scenes()


def refusal_of(act: Callable[[], object]) -> MeatlabError | None:
    try:
        act()
    except MeatlabError as refusal:
        return refusal
    return None


# The first function of each action in all cases; of the others a third in the short run, and the rest in the long one.
ON_SAMPLES = [
    pytest.param(
        action, call, case, id=f"{action}-{call.function.__name__}-{case}",
        marks=() if not number or is_in_short_run(number, case) else pytest.mark.soak,
    )
    for action in CALLS
    for number, call in enumerate(CALLS[action])
    for case in CASES
]  # fmt: skip


@pytest.mark.parametrize(("action", "call", "case"), ON_SAMPLES)
def test_an_action_on_a_sample(scenes: Scenes, action: str, call: Call, case: Case) -> None:
    scene = scenes.get(case)
    wanted = outcome(action, case, set(call.fits) or None)
    refusal = refusal_of(lambda: call(scene))
    if wanted == "done":
        assert refusal is None
        return
    assert scenes.is_untouched(case)
    check_refusal(wanted, case, refusal)
    if wanted == "hidden":
        assert type(refusal) is refusal_of_nothing(call, scene.actor)


@cache
def refusal_of_nothing(call: Call, actor: Actor) -> type[MeatlabError] | None:
    """What is said of a sample that does not exist."""
    nobodys = Scene(actor, ids.new(), *(uuid4() for _ in range(7)))
    return type(refusal_of(lambda: call(nobodys)))


def check_refusal(wanted: str, case: Case, refusal: MeatlabError | None) -> None:
    kind = type(refusal)
    if wanted == "hidden":
        assert kind in (NotFound, NotAllowed)
    elif wanted == "forbidden":
        assert kind is NotAllowed
    elif wanted == "late":
        assert kind is (WrongState if case.state == "approved" else EditWindowClosed)
    else:
        assert kind in (WrongState, NotFound)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_offered_is_what_goes_through(scenes: Scenes, case: Case) -> None:
    scene = scenes.get(case)
    possible = {action for action in CALLS.keys() & access.SAMPLE_ACTIONS.keys() if outcome(action, case) == "done"}
    if outcome("sample.view", case) == "hidden":
        assert isinstance(refusal_of(lambda: samples.allowed(scene.actor, scene.id)), NotFound)
    else:
        assert samples.allowed(scene.actor, scene.id) - NOT_YET == possible


ALONE = [
    pytest.param(action, function, arguments, id=f"{action}-{function.__name__}")
    for action, calls in FREE.items()
    for function, arguments in calls
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("action", "function", "arguments"), ALONE)
def test_an_action_on_nothing_that_is_anybodys(
    scenes: Scenes, action: str, function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], role: str
) -> None:
    actor = make_user(role)
    refusal = refusal_of(lambda: function(actor, *arguments()))
    assert (refusal is None) == (TABLE[action][role] != "no")
    assert refusal is None or type(refusal) is NotAllowed
    with transaction() as session:
        session.execute(delete(ReviewClaim).where(ReviewClaim.claimed_by == actor.id))


ON_PEOPLE = [
    pytest.param(action, function, arguments, id=f"{action}-{function.__name__}")
    for action, calls in PEOPLE.items()
    for function, arguments in calls
]


@pytest.mark.parametrize("own", [False, True], ids=["other", "self"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("action", "function", "arguments"), ON_PEOPLE)
def test_an_action_on_a_person(
    action: str, function: Callable[..., Any], arguments: tuple[Any, ...], role: str, own: bool
) -> None:
    actor, boss = make_user(role), make_user("manager")
    other = make_user(state="awaiting" if action == "user.create" else "active")
    target = actor if own else other
    before = users.get(boss, target.id)
    refusal = refusal_of(lambda: function(actor, target.id, *arguments))
    permitted = {"no": False, "yes": True, "not_self": not own}[TABLE[action][role]]
    assert (refusal is None) == permitted
    if not permitted:
        assert type(refusal) is NotAllowed
        assert users.get(boss, target.id) == before
        unknown = refusal_of(lambda: function(actor, uuid4(), *arguments))
        assert role == "manager" or type(unknown) is NotAllowed


def test_every_action_of_the_table_is_here() -> None:
    assert CALLS.keys() | FREE.keys() | PEOPLE.keys() | NOT_YET == TABLE.keys()
    assert not NOT_YET & (CALLS.keys() | FREE.keys() | PEOPLE.keys())
    assert set(STATES) == OUTSIDE | {"bin"}
    assert PENDING < OUTSIDE


def test_what_only_has_a_rule_is_asked_for_nowhere() -> None:
    """A function that asks the policy for an action makes the action one of `CALLS`."""
    assert asked_for() & NOT_YET == set()


def asked_for() -> set[str]:
    """The actions that core, pages and routes name, but for what they name in the history and in the list of all."""
    found = set()
    for folder in ("core", "api", "pages", "dashboard"):
        for file in (ROOT / folder).rglob("*.py"):
            if file == ROOT / "core" / "access.py":
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            recorded = {id(part) for node in ast.walk(tree) if is_record(node) for part in ast.walk(node)}
            found |= {
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in recorded
            } & TABLE.keys()
    return found


def is_record(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record"


def test_the_search_for_actions_finds_some() -> None:
    assert asked_for() >= {"sample.edit", "review.approve", "user.list", "measurement.write"}


def test_every_function_that_acts_for_somebody_is_here() -> None:
    """Who adds one says under which action of the table it falls, or that it falls under none."""
    here = {call.function for calls in CALLS.values() for call in calls} | BESIDE_THE_TABLE | MACHINERY
    here |= {function for table in (FREE, PEOPLE) for calls in table.values() for function, _ in calls}
    assert {f"{f.__module__}.{f.__name__}" for f in acting()} == {f"{f.__module__}.{f.__name__}" for f in here}


def acting() -> set[Callable[..., Any]]:
    """All public functions of core whose first argument is the actor."""
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(core.__path__, "core.")
               if ".migrations" not in found.name]  # fmt: skip
    functions = {
        function
        for module in modules
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }
    return {function for function in functions if next(iter(inspect.signature(function).parameters), "") == "actor"}


def test_an_actor_is_who_the_tests_say(scenes: Scenes) -> None:
    assert {role: actor.role for role, actor in scenes.people.items()} == {role: role for role in ROLES}
    assert all(isinstance(actor, Actor) for actor in scenes.people.values())
