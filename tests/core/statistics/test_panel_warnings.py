"""Scores that are made to be suspect are found, and what is a little short of it is not; evaluators have names."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert, update

from core import ids, statistics
from core.db import transaction
from core.policy import Actor
from core.statistics.panel_names import names_of
from core.tables import Evaluation, User
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from tests.core.statistics.tables import add_photo, write
from tests.makers import make_user
from tests.worlds import World, records

ROUNDS = 12
Scores = Mapping[str, float | None]


def drawn(rng: np.random.Generator, names: tuple[str, ...]) -> dict[str, float | None]:
    """Scores that are hardly alike by chance."""
    return dict(zip(names, (rng.choice(19, len(names), replace=False) / 2 + 1).tolist(), strict=True))


def tasted(raters: Mapping[str, Callable[[int, Scores], Scores]], raw: list[Scores], **more: Any) -> World:
    """Samples with one round each: unheated scores, and what raters make of them."""
    keys = [ids.new() for _ in raw]
    rounds = pd.DataFrame({"sample_id": keys, "seq": 0, "method": None, "started_at": None, "minutes": None})
    world = write([{"id": key} for key in keys], rounds)
    begun, rows = datetime(world.year, 6, 3, tzinfo=UTC), []
    for number, (key, scores) in enumerate(zip(keys, raw, strict=True)):
        row = {"sample_id": key, "seq": 0, "scale": "1-10", "replicate": 1, "day": 0, "evaluated_at": begun}
        rows.append(row | {"id": uuid4(), "preparation": "raw", "panelist": "writer"} | dict(scores))
        for rater, score in raters.items():
            at = begun - timedelta(days=5) if number < more.get("early", {}).get(rater, 0) else begun
            given = {"id": uuid4(), "preparation": "heated", "panelist": rater, "evaluated_at": at}
            rows.append(row | given | dict(score(number, scores)))
    world.evaluations = pd.DataFrame(rows)
    with transaction() as session:
        found = [one | {"evaluator": world.people[0].id} for one in records(world.evaluations)]
        session.execute(insert(Evaluation), found)
    return world


def found(actor: Actor, world: World, **options: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """kind and pseudonym -> the row of the table."""
    part = statistics.view(actor, "panel", world.wanted | options, ("warnings",)).parts[0]
    assert set(part.table["rater"].str.partition("/")[0]) == {str(world.people[0].id)}
    return {(row["kind"], row["rater"].partition("/")[2]): row for row in part.table.to_dict("records")}


def counts(row: Mapping[str, Any]) -> tuple[int, int, bool]:
    assert row["share"] == row["n"] / row["of"]
    return row["n"], row["of"], row["is_above"]


@pytest.fixture(scope="module")
def suspects(servers: dict[str, str]) -> World:
    """copies: all but one of twelve; aihub: flavour and tenderness are the colour, as in the AI-Hub file of grade 2;
    flat: one attribute is always five; alike: ten of twelve rows have one value; honest: a little of everything.
    """
    rng = np.random.default_rng(1)

    def copies(number: int, raw: Scores) -> Scores:
        own = dict(zip(HEATED_SCORES, raw.values(), strict=True))
        return own if number else own | {"umami": (own["umami"] or 0) % 10 + 0.5}

    def honest(number: int, raw: Scores) -> Scores:
        own = drawn(rng, HEATED_SCORES)
        return copies(number, raw) if number == 5 else dict.fromkeys(HEATED_SCORES, 6.0) if number == 6 else own

    raters: dict[str, Callable[[int, Scores], Scores]] = {
        "copies": copies,
        "aihub": lambda number, raw: drawn(rng, HEATED_SCORES) | dict.fromkeys(("flavor", "tenderness"), raw["color"]),
        "flat": lambda number, raw: drawn(rng, HEATED_SCORES) | {"juiciness": 5.0},
        "alike": lambda number, raw: (
            dict.fromkeys(HEATED_SCORES, number / 2 + 1) if number >= 2 else drawn(rng, HEATED_SCORES)
        ),
        "honest": honest,
    }  # fmt: skip
    world = tasted(raters, [drawn(rng, RAW_SCORES) for _ in range(ROUNDS)], early={"honest": 2})
    for key in world.samples["id"][:4]:
        add_photo(world, key, f"{key:0>64}")
    return world


def test_the_same_value_everywhere(suspects: World, actor: Actor) -> None:
    rows = found(actor, suspects)
    flat = rows["constant", "flat"]
    assert (flat["attribute"], *counts(flat)) == ("juiciness", ROUNDS, ROUNDS, True)
    assert not any(rows["constant", rater]["is_above"] for rater in ("copies", "aihub", "alike", "honest"))
    own = suspects.evaluations[suspects.evaluations["panelist"] == "honest"]
    most = max(own[name].value_counts().iloc[0] for name in HEATED_SCORES)
    assert counts(rows["constant", "honest"]) == (most, ROUNDS, False)


def test_all_attributes_alike(suspects: World, actor: Actor) -> None:
    rows = found(actor, suspects)
    assert counts(rows["alike", "alike"]) == (ROUNDS - 2, ROUNDS, True)  # 10 of 12 are more than 80 %
    assert counts(rows["alike", "honest"]) == (1, ROUNDS, False)


def test_copies_of_unheated_scores(suspects: World, actor: Actor) -> None:
    rows = found(actor, suspects)
    assert counts(rows["copied", "copies"]) == (ROUNDS - 1, ROUNDS, True)
    assert counts(rows["copied", "honest"]) == (1, ROUNDS, False)
    assert counts(rows["copied", "aihub"]) == (0, ROUNDS, False)
    aihub = rows["copied_one", "aihub"]
    assert (aihub["attribute"], aihub["unheated"], *counts(aihub)) == ("flavor", "color", ROUNDS, ROUNDS, True)
    assert rows["copied_one", "honest"]["is_above"] is False


def test_no_photo_and_dates_before_slaughter(suspects: World, actor: Actor) -> None:
    rows = found(actor, suspects)
    for rater in ("copies", "honest"):
        assert counts(rows["no_photo", rater]) == (ROUNDS - 4, ROUNDS, True)
    assert counts(rows["before_slaughter", "honest"]) == (2, ROUNDS, True)
    assert counts(rows["before_slaughter", "copies"]) == (0, ROUNDS, False)


def test_the_samples_behind_a_warning(suspects: World, actor: Actor) -> None:
    part = statistics.view(actor, "panel", suspects.wanted, ("warnings",)).parts[0]
    for number, row in enumerate(part.table.to_dict("records")):
        assert len(part.narrows[number]["ids"]) == row["n"]  # type: ignore[index]
    honest = suspects.evaluations[suspects.evaluations["panelist"] == "honest"]
    early = set(honest.loc[honest["evaluated_at"] < datetime(suspects.year, 6, 1, tzinfo=UTC), "sample_id"])
    (row,) = part.table.query("kind == 'before_slaughter' and n > 0").index
    assert {key.decode() for key in part.narrows[row]["ids"]} == early  # type: ignore[index]


def test_unheated_scores_have_no_copies(suspects: World, actor: Actor) -> None:
    kinds = {kind for kind, _ in found(actor, suspects, preparation="raw")}
    assert kinds == {"constant", "alike", "no_photo", "before_slaughter"}


def test_of_few_scores_nothing_is_said(actor: Actor) -> None:
    rng = np.random.default_rng(2)
    raw = [drawn(rng, RAW_SCORES) for _ in range(9)]
    world = tasted({"few": lambda number, raw: dict.fromkeys(HEATED_SCORES, 5.0)}, raw)
    rows = found(actor, world)
    assert counts(rows["constant", "few"]) == (9, 9, False)
    assert counts(rows["alike", "few"]) == (9, 9, False)


def test_missing_scores_are_no_copies_and_no_likeness(actor: Actor) -> None:
    """Two equal scores are no row that is all alike; a copy has gaps where the unheated scores have them."""
    rng = np.random.default_rng(3)
    raw: list[Scores] = [drawn(rng, RAW_SCORES) | {"overall": None} for _ in range(10)]
    nothing = dict.fromkeys(HEATED_SCORES)
    world = tasted({
        "two": lambda number, raw: nothing | {"flavor": 5.0, "umami": 5.0},
        "three": lambda number, raw: nothing | {"flavor": 5.0, "umami": 5.0, "juiciness": 5.0},
        "copies": lambda number, raw: dict(zip(HEATED_SCORES, raw.values(), strict=True)),
        "fuller": lambda number, raw: dict(zip(HEATED_SCORES, raw.values(), strict=True)) | {"palatability": 5.0},
    }, raw)  # fmt: skip
    rows = found(actor, world)
    assert ("alike", "two") not in rows
    assert counts(rows["alike", "three"]) == (10, 10, True)
    assert counts(rows["copied", "copies"]) == (10, 10, True)
    assert counts(rows["copied", "fuller"]) == (0, 10, False)
    assert counts(rows["copied_one", "fuller"]) == (10, 10, True)


def test_names_tell_people_apart(servers: dict[str, str]) -> None:
    users = [make_user("researcher") for _ in range(3)]
    with transaction() as session:
        for user, name in zip(users, ("Kim", "Kim", "Lee"), strict=True):
            session.execute(update(User).where(User.id == user.id).values(name=name))
    first, second, lee = (str(user.id) for user in users)
    keys = [f"{lee}/P10", f"{lee}/P2", lee, f"{first}/P1", f"{second}/P1", f"{lee}/P1", first, second]
    names = names_of(keys)
    assert names[lee] == "Lee"
    assert (names[f"{lee}/P2"], names[f"{lee}/P10"]) == ("P2", "P10")
    assert names[f"{lee}/P1"] == "P1 (Lee)"
    assert names[f"{first}/P1"] == f"P1 (Kim #{first[:4]})"
    assert (names[first], names[second]) == (f"Kim #{first[:4]}", f"Kim #{second[:4]}")
    assert len(set(names.values())) == len(keys)
    assert list(names)[-4:] == [lee, f"{lee}/P1", f"{lee}/P2", f"{lee}/P10"]
    assert names_of([]) == {}
