"""Every action of data/permissions.csv through its route: each role, relation and state.

Where the table and the state permit it, it is done; else the answer says as much as the caller may know, and nothing
is written. What somebody may not see is answered word for word as what does not exist.
"""

import base64
import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete

from api.app import app
from core import clock, ids, statistics, users
from core.db import transaction
from core.policy import Actor
from core.statistics import runs
from core.tables import ReviewClaim
from tests.api.conftest import Caller
from tests.api.test_routes import OPEN, operations
from tests.makers import PASSWORD, jpeg, make_live_model, make_user, values
from tests.permissions import CASES, FARMER, ROLES, TABLE, Case, Scene, Scenes, is_in_short_run, outcome

SAMPLE = "/v1/samples/{sample_id}"
ROUND = SAMPLE + "/rounds/{seq}"
PHOTO = "/v1/photos/{photo_id}"
STATUS = {"not_found": 404, "not_allowed": 403, "edit_window_closed": 403, "wrong_state": 409}
WHY = {"reason": "Asked for."}
# Of people about themselves, or of a rule that the table does not have: their own tests see to them.
BESIDE_THE_TABLE = {
    ("delete", "/v1/sessions/current"),
    ("get", "/v1/me"),
    ("get", "/v1/catalogue"),
    ("options", "/v1/uploads"),
    ("put", SAMPLE + "/edit_requests/{request_id}"),
    ("post", "/v1/edit_requests/{request_id}/grant"),
    ("post", "/v1/edit_requests/{request_id}/refusal"),
    ("get", "/v1/statistics/runs/{run_id}"),
    ("delete", "/v1/statistics/runs/{run_id}"),
    ("get", "/v1/prediction-batches/{batch_id}"),
    ("delete", "/v1/prediction-batches/{batch_id}"),
    ("get", "/v1/prediction-batches/{batch_id}/rows"),
    ("post", "/v1/prediction-batches/{batch_id}/acceptance"),
    ("get", "/v1/exports/{export_id}"),
    ("delete", "/v1/exports/{export_id}"),
    ("get", "/v1/exports/{export_id}/file"),
    ("post", "/v1/imports"),  # takes a form
    ("get", "/v1/imports/{import_id}"),
    ("patch", "/v1/imports/{import_id}"),
    ("delete", "/v1/imports/{import_id}"),
    ("get", "/v1/imports/{import_id}/findings"),
    ("get", "/v1/imports/{import_id}/columns"),
    ("get", "/v1/imports/{import_id}/marked"),
    ("post", "/v1/imports/{import_id}/confirm"),
    ("post", "/v1/imports/{import_id}/undo"),
    ("get", "/v1/training-runs/{run_id}"),
    ("delete", "/v1/training-runs/{run_id}"),
    ("post", "/v1/models"),  # takes a form
    ("get", PHOTO + "/explanation"),  # takes a model that is one
}
# Actions that have no route yet, or one on what is the caller's own; tests/core/test_permissions.py knows those that
# have no function.
NOT_HERE = {"import.undo", "reference.edit", "user.edit_profile"}


def nothing(scene: Scene) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, eq=False)
class Route:
    """A route, what is sent to it, and where it goes through if not where its action does.

    `told` reads an answer that is no problem: the code of the problem that it amounts to, or nothing.
    """

    method: str
    path: str
    sent: Callable[[Scene], dict[str, Any]] = nothing
    place: Callable[[Scene], dict[str, Any]] = nothing
    fits: Collection[str] = ()
    told: Callable[[Any, Scene], str] = lambda answer, scene: ""

    def call(self, caller: Caller, scene: Scene) -> Any:
        names = {"sample_id": scene.id, "photo_id": scene.photo, "seq": 0} | self.place(scene)
        headers = {"If-Match": f'"{scene.version}"'}
        return caller.request(self.method, self.path.format(**names), headers=headers, **self.sent(scene))

    def code(self, answer: Any, scene: Scene) -> str:
        if answer.status_code >= 300:
            code: str = answer.json()["code"]
            assert answer.status_code == STATUS[code], answer.text
            return code
        return self.told(answer, scene)


def body(value: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"json": value}


def query(**values: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"params": values}


def scores(preparation: str) -> dict[str, Any]:
    given = {"marbling": 4, "color": 6} if preparation == "raw" else {"flavor": 4, "umami": 6}
    now = clock.now().isoformat()
    return {"preparation": preparation, "scale": "1-10", "scores": given, "replicate": 2, "evaluated_at": now}


def scoring(seq: int, preparation: str, known: str) -> list[Route]:
    path = ROUND + "/evaluations/{evaluation_id}"
    new = Route(
        "put", path, lambda s: {"json": scores(preparation)}, lambda s: {"seq": seq, "evaluation_id": uuid4()}
    )  # fmt: skip
    return [new, Route("delete", path, place=lambda s: {"seq": seq, "evaluation_id": getattr(s, known)})]


def new_round(hour: int) -> dict[str, Any]:
    return {"method": "deep_aging", "started_at": f"2026-03-06T{hour:02}:00:00Z", "minutes": 60, "device": "A"}


def measured() -> dict[str, Any]:
    return {"preparation": "raw", "replicate": 2, "values": {"ph": 5.7}, "measured_at": clock.now().isoformat()}


@cache
def picture() -> bytes:
    return jpeg()


def upload(scene: Scene) -> dict[str, Any]:
    sent = {"photo_id": uuid4(), "sample_id": scene.id, "sha256": hashlib.sha256(picture()).hexdigest()}
    pairs = [f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in sent.items()]
    headers = {
        "Tus-Resumable": "1.0.0",
        "Content-Type": "application/offset+octet-stream",
        "Upload-Length": str(len(picture())),
        "Upload-Metadata": ",".join(pairs),
    }
    return {"content": picture(), "headers": headers}


class Upload(Route):
    def call(self, caller: Caller, scene: Scene) -> Any:
        return caller.request(self.method, self.path, **upload(scene))


def among(answer: Any, scene: Scene) -> str:
    return "" if scene.id in [row["id"] for row in answer.json()["items"]] else "not_found"


def is_known(answer: Any, scene: Scene) -> str:
    return "" if answer.json()["is_known"] else "not_found"


def shows_person(answer: Any, scene: Scene) -> str:
    return "" if answer.json().get("farmer_name") == FARMER else "not_allowed"


def is_attached(answer: Any, scene: Scene) -> str:
    """For a sample that is not there to see, a photo is only received."""
    return "" if answer.json().get("sample_id") == scene.id else "not_found"


def first_done(answer: Any, scene: Scene) -> str:
    return answer.json()[0].get("code", "")


ROUTES: dict[str, list[Route]] = {
    "sample.view": [
        Route("get", SAMPLE), Route("get", "/v1/samples", lambda s: {"params": {"q": s.id}}, told=among),
        Route("post", "/v1/scan", lambda s: {"json": {"text": s.id}}, told=is_known),
    ],
    "personal_data.view": [Route("get", SAMPLE, told=shows_person)],
    "sample.edit": [Route("patch", SAMPLE, body({"sex": "female"}))],
    "sample.submit_again": [Route("post", SAMPLE + "/submission")],
    "sample.move_to_bin": [Route("delete", SAMPLE, query(**WHY))],
    "sample.restore": [
        Route("post", SAMPLE + "/restoration"),
        Route(
            "post", SAMPLE + "/rounds/{round_key}/restoration", body({"with_sample": True}), lambda s: {"round_key": -1}
        ),
        Route("get", "/v1/bin/photos/{photo_id}/content", query(size="256"), fits={"bin"}),
    ],
    "sample.purge": [Route("delete", "/v1/bin/{sample_id}", query(**WHY))],
    "sample.create_processed": [
        Route("put", ROUND, lambda s: {"json": new_round(0)}, lambda s: {"seq": 1}),
        Route("delete", ROUND, query(**WHY), lambda s: {"seq": 1}),
    ],
    "review.claim": [Route("post", SAMPLE + "/claim")],
    "review.approve": [
        Route("post", SAMPLE + "/approval"),
        Route(
            "post", "/v1/approvals", lambda s: {"json": {"samples": [{"id": s.id, "version": s.version}]}},
            told=first_done,
        ),
    ],
    "review.reject": [Route("post", SAMPLE + "/rejection", body({"reason": "other", "text": "Mend it."}))],
    "photo.add": [Upload("post", "/v1/uploads", told=is_attached)],
    "photo.view": [Route("get", PHOTO), Route("get", PHOTO + "/content", query(size="256"))],
    "evaluation.write_fresh": scoring(0, "raw", "raw"),
    "evaluation.write_processed": scoring(1, "raw", "processed"),
    "evaluation.write_heated": scoring(0, "heated", "heated"),
    "measurement.write": [
        Route(
            "put", ROUND + "/measurements/{measurement_id}", lambda s: {"json": measured()},
            lambda s: {"measurement_id": uuid4()},
        ),
        Route(
            "delete", ROUND + "/measurements/{measurement_id}", place=lambda s: {"measurement_id": s.measurement}
        ),
    ],
    "audit.view": [Route("get", SAMPLE + "/history")],
    "label.print": [Route("post", "/v1/labels", lambda s: {"json": {"ids": [s.id], "format": "zpl", "dpi": 203}})],
    "prediction.run": [
        Route("get", PHOTO + "/predictions"), Route("post", PHOTO + "/predictions"), Route("get", PHOTO + "/similar"),
    ],
    "prediction.accept": [
        Route("post", "/v1/predictions/{prediction_id}/acceptance", place=lambda s: {"prediction_id": s.prediction})
    ],
}  # fmt: skip


def address(path: str) -> tuple[str, Any]:
    return path, None


# About nothing that exists yet, about all, or about another person: the address and what is sent.
FREE: dict[str, list[tuple[str, str, Callable[[], tuple[str, Any]]]]] = {
    "sample.create_fresh": [
        ("put", SAMPLE, lambda: (f"/v1/samples/{ids.new()}", values())),
        ("get", "/v1/trace/{number}", lambda: ("/v1/trace/812345678901", None)),
    ],
    "sample.restore": [("get", "/v1/bin", lambda: ("/v1/bin", None))],
    "review.view_queue": [("get", "/v1/queue", lambda: ("/v1/queue", None))],
    "review.claim": [("delete", SAMPLE + "/claim", lambda: (f"/v1/samples/{ids.new()}/claim", None))],
    "statistics.view": [
        *(("get", f"/v1/statistics/{view}", partial(address, f"/v1/statistics/{view}")) for view in statistics.VIEWS),
        *(("post", f"/v1/statistics/{run}/runs", partial(address, f"/v1/statistics/{run}/runs")) for run in runs.RUNS),
    ],
    "prediction.run": [
        ("get", "/v1/models", partial(address, "/v1/models")),
        ("get", "/v1/models/promotions", partial(address, "/v1/models/promotions")),
        ("get", "/v1/models/{model_id}", lambda: (f"/v1/models/{make_live_model()}", None)),
        ("get", "/v1/prediction-batches", partial(address, "/v1/prediction-batches")),
        ("post", "/v1/prediction-batches", lambda: ("/v1/prediction-batches", {"species": "pig"})),
    ],
    "export.run": [
        ("get", "/v1/exports", partial(address, "/v1/exports")),
        ("post", "/v1/exports", lambda: ("/v1/exports", {"filter": {"q": "0000"}})),
    ],
    "import.run": [
        ("get", "/v1/imports", partial(address, "/v1/imports")),
        ("get", "/v1/imports/template", partial(address, "/v1/imports/template")),
    ],
    "model.train": [
        ("get", "/v1/training-runs", partial(address, "/v1/training-runs")),
        ("post", "/v1/training-runs", lambda: ("/v1/training-runs", {})),
    ],
    "model.promote": [
        (
            "post",
            "/v1/models/{model_id}/promotion",
            lambda: (f"/v1/models/{make_live_model()}/promotion", {"reason": "Better."}),
        ),
        ("post", "/v1/models/rollback", lambda: ("/v1/models/rollback", step_back())),
    ],
    "label.print": [("get", "/v1/label-prints", partial(address, "/v1/label-prints"))],
    "user.list": [("get", "/v1/users", lambda: ("/v1/users", None))],
    "user.create": [
        ("post", "/v1/users", lambda: ("/v1/users", new_user())),
        ("patch", "/v1/users/{user_id}", lambda: (person("awaiting"), {"state": "active"})),
    ],
    "user.change_role": [("patch", "/v1/users/{user_id}", lambda: (person(), {"role": "researcher"}))],
    "user.deactivate": [("patch", "/v1/users/{user_id}", lambda: (person(), {"state": "deactivated"}))],
}


def step_back() -> dict[str, str]:
    make_live_model()
    return {"live": str(make_live_model())}


def new_user() -> dict[str, Any]:
    return {"email": f"{uuid4().hex}@example.com", "name": "Somebody", "password": PASSWORD}


def person(state: str = "active") -> str:
    return f"/v1/users/{make_user(state=state).id}"


@pytest.fixture(scope="module")
def scenes(servers: dict[str, str]) -> Scenes:
    return Scenes()


@pytest.fixture(scope="module")
def callers(scenes: Scenes) -> Iterator[dict[str, Caller]]:
    """One for each role, signed in."""
    with ExitStack() as stack:
        made = {role: stack.enter_context(Caller(app, headers={"Accept-Language": "en"})) for role in ROLES}
        for role, caller in made.items():
            caller.sign_in(scenes.people[role])
        yield made


ON_SAMPLES = [
    pytest.param(
        action, route, case, id=f"{action}-{route.method}-{case}",
        marks=() if is_in_short_run(number, case) else pytest.mark.soak,
    )
    for number, (action, route) in enumerate((action, route) for action in ROUTES for route in ROUTES[action])
    for case in CASES
]  # fmt: skip


@pytest.mark.parametrize(("action", "route", "case"), ON_SAMPLES)
def test_an_action_on_a_sample(
    scenes: Scenes, callers: dict[str, Caller], action: str, route: Route, case: Case
) -> None:
    scene = scenes.get(case)
    wanted = outcome(action, case, set(route.fits) or None)
    answer = route.call(callers[case.role], scene)
    code = route.code(answer, scene)
    late = "wrong_state" if case.state == "approved" else "edit_window_closed"
    codes = {"done": {""}, "hidden": {"not_found", "not_allowed"}, "late": {late}, "forbidden": {"not_allowed"}}
    assert code in codes.get(wanted, {"wrong_state", "not_found"}), answer.text
    if wanted != "done":
        assert scenes.is_untouched(case)
    if wanted == "hidden":
        assert without_names(answer, scene) == answer_to_nothing(route, callers[case.role], scene.actor)


@cache
def answer_to_nothing(route: Route, caller: Caller, actor: Actor) -> tuple[int, str]:
    """What is said of a sample that does not exist."""
    nobodys = Scene(actor, ids.new(), *(uuid4() for _ in range(7)))
    return without_names(route.call(caller, nobodys), nobodys)


def without_names(answer: Any, scene: Scene) -> tuple[int, str]:
    """The whole answer but for what names the request and what the caller has named."""
    said = answer.text.replace(answer.headers["x-request-id"], "").replace(scene.id, "")
    uploaded = answer.json()["id"] if "tus-resumable" in answer.headers else ""
    return answer.status_code, said.replace(uploaded, "") if uploaded else said


ALONE = [pytest.param(action, *call, id=f"{action}-{call[0]}") for action in FREE for call in FREE[action]]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("action", "method", "path", "sent"), ALONE)
def test_an_action_on_no_sample(
    scenes: Scenes, callers: dict[str, Caller], action: str, method: str, path: str,
    sent: Callable[[], tuple[str, Any]], role: str,
) -> None:  # fmt: skip
    address, value = sent()
    answer = callers[role].request(method, address, json=value)
    assert (answer.status_code < 300) == (TABLE[action][role] != "no"), answer.text
    if answer.status_code >= 300:
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    with transaction() as session:
        session.execute(delete(ReviewClaim).where(ReviewClaim.claimed_by == scenes.people[role].id))


@pytest.mark.parametrize("change", [{"role": "normal"}, {"role": "manager"}, {"state": "deactivated"}], ids=str)
@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_their_own_account_so(
    scenes: Scenes, callers: dict[str, Caller], role: str, change: dict[str, str]
) -> None:
    actor, boss = scenes.people[role], make_user("manager")
    before = users.get(boss, actor.id)
    answer = callers[role].patch(f"/v1/users/{actor.id}", json=change)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert users.get(boss, actor.id) == before


def test_every_route_is_here() -> None:
    here = {(route.method, route.path) for routes in ROUTES.values() for route in routes}
    here |= {(method, path) for calls in FREE.values() for method, path, _ in calls}
    assert here | OPEN | BESIDE_THE_TABLE == set(operations())
    assert not here & (OPEN | BESIDE_THE_TABLE)


def test_every_action_of_the_table_is_here() -> None:
    assert ROUTES.keys() | FREE.keys() | NOT_HERE == TABLE.keys()
    assert not NOT_HERE & (ROUTES.keys() | FREE.keys())
