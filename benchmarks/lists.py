"""Lists, sample pages and the queue over generated samples: each call asks for something else that there is."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, get_args

from sqlalchemy import select

from benchmarks.measuring import Timed, many
from core import catalogue, clock, reviews, samples
from core.catalogue import Catalogue
from core.db import transaction
from core.policy import Actor
from core.samples import SampleFilter, cursors
from core.samples.cursors import SORTS
from core.samples.lists import Part
from core.tables import Sample, User
from models.bulk_values import DAYS

ROLES = {"normal": "generated-normal-1@example.com", "researcher": "generated-researcher-1@example.com"}
SOME = 2000  # samples that parameters are drawn from


@dataclass(frozen=True)
class World:
    """Who asks, and what one may ask for."""

    researcher: Actor
    author: Actor
    known: Catalogue
    some: list[Any]  # id, trace_number, city, received_at of samples, by chance
    processed: list[str]
    authors: list[Any]
    chance: random.Random


def run(seed: int = 1) -> list[Timed]:
    world = _world(seed)
    return [many(name, action) for name, action in _cases(world).items()]


def _world(seed: int) -> World:
    chance = random.Random(seed)
    with transaction() as session:
        people = {role: session.scalars(select(User).where(User.email == email)).one() for role, email in ROLES.items()}
        columns = (Sample.id, Sample.trace_number, Sample.city, Sample.received_at)
        rows = list(session.execute(select(*columns).order_by(Sample.submission_hash).limit(SOME)))  # by chance
        rounds = select(Sample.id).where(Sample.has_rounds).order_by(Sample.submission_hash).limit(SOME)
        processed = list(session.scalars(rounds))
    researcher, author = (
        Actor(people[role].id, role, people[role].name, ROLES[role]) for role in ("researcher", "normal")
    )
    return World(
        researcher,
        author,
        catalogue.get(),
        rows,
        processed,
        [str(key) for key, _ in samples.authors(researcher)],
        chance,
    )


def _cases(world: World) -> dict[str, Callable[[], object]]:
    filters = {f"list, {name}": _listing(world, draw) for name, draw in _filters(world).items()}
    sorts = {f"list by {sort}": _listing(world, dict, sort=sort) for name in SORTS for sort in (f"-{name}", name)}
    return {
        "list, newest": _listing(world, dict),
        **filters,
        "list, two filters": _listing(world, lambda: _some_filters(world, 2)),
        "list, three filters": _listing(world, lambda: _some_filters(world, 3)),
        "list, two filters, by chance sorted": lambda: samples.page(
            world.researcher, SampleFilter.model_validate(_some_filters(world, 2)), sort=_any_sort(world)
        ),
        **sorts,
        "list, a page somewhere": lambda: _turned(world, world.chance.choice(world.some).received_at),
        "list, the last pages": lambda: _turned(world, _oldest(world) + timedelta(hours=world.chance.randrange(24))),
        "own list of an author": lambda: samples.page(world.author, SampleFilter()),
        "own list of an author, two filters": lambda: samples.page(
            world.author, SampleFilter.model_validate(_some_filters(world, 2))
        ),
        "who has recorded": lambda: samples.authors(world.researcher),
        "sample page, three rounds": lambda: samples.get(world.researcher, world.chance.choice(world.processed)),
        "queue, first page": lambda: reviews.queue(world.researcher),
        "queue, a page somewhere": lambda: reviews.queue(world.researcher, offset=world.chance.randrange(0, 1000, 25)),
    }


def _listing(world: World, draw: Callable[[], dict[str, Any]], sort: str | None = None) -> Callable[[], object]:
    return lambda: samples.page(world.researcher, SampleFilter.model_validate(draw()), sort=sort)


def _filters(world: World) -> dict[str, Callable[[], dict[str, Any]]]:
    """Each filter with values by chance, rare ones as often as common ones."""
    chance, known = world.chance, world.known

    def any_of(name: str, keys: list[Any]) -> Callable[[], dict[str, Any]]:
        return lambda: {name: chance.choice(keys)}

    return {
        "by status": any_of("status", ["pending", "approved", "rejected"]),
        "by author": any_of("owner", world.authors),
        "by species": any_of("species", [entry.key for entry in known.species]),
        "by primal cut": any_of("primal_cut", [entry.key for entry in known.primal_cuts]),
        "by secondary cut": any_of("secondary_cut", [entry.key for entry in known.secondary_cuts]),
        "by grade": any_of("grade", [entry.key for entry in known.grades]),
        "by sex": any_of("sex", [entry.key for entry in known.sexes]),
        "by breed": any_of("breed", [entry.key for entry in known.breeds]),
        "by province": any_of("province", ["unknown", *(entry.key for entry in known.provinces)]),
        "slaughtered within a month": lambda: _month(world, "slaughtered"),
        "received within a month": lambda: _month(world, "received"),
        "submitted within a month": lambda: _month(world, "submitted"),
        "that have a part": any_of("has", [(part,) for part in get_args(Part)]),
        "that miss a part": any_of("missing", [(part,) for part in get_args(Part)]),
        "by a part of the number": lambda: {"q": _part(world, chance.randint(3, 8))},
        "by the first two signs of the number": lambda: {"q": chance.choice(world.some).id[:2]},
        "by the whole number": lambda: {"q": chance.choice(world.some).id},
        "by the beginning of a trace number": lambda: {"q": _beginning(world)},
        "by city": lambda: {"q": chance.choice([one.city for one in world.some if one.city])},
    }  # fmt: skip


def _some_filters(world: World, count: int) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for draw in world.chance.sample(list(_filters(world).values()), count):
        merged |= draw()
    return merged


def _any_sort(world: World) -> str:
    return world.chance.choice(("", "-")) + world.chance.choice(list(SORTS))


def _month(world: World, what: str) -> dict[str, Any]:
    first = clock.today() - timedelta(days=world.chance.randint(31, DAYS))
    return {f"{what}_from": first, f"{what}_to": first + timedelta(days=30)}


def _part(world: World, length: int) -> str:
    sample_id = world.chance.choice(world.some).id
    start = world.chance.randint(0, len(sample_id) - length)
    return str(sample_id[start : start + length])


def _beginning(world: World) -> str:
    return str(world.chance.choice(world.some).trace_number[: world.chance.randint(4, 12)])


def _oldest(world: World) -> Any:
    return min(one.received_at for one in world.some)


def _turned(world: World, received_at: Any) -> object:
    """The page behind a place in the order, as its cursor says it."""
    order = cursors.order("-received_at")
    cursor = cursors.write(order, SimpleNamespace(received_at=received_at, id=world.some[0].id))  # type: ignore[arg-type]
    return samples.page(world.researcher, SampleFilter(), cursor=cursor)
