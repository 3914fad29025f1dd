"""Who may do what: data/permissions.csv is the single source, denied unless it allows."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from core.config import DATA
from core.errors import NotAllowed

ROLES = ("normal", "researcher", "manager")


@dataclass(frozen=True)
class Actor:
    """The signed-in person on whose behalf something is done; the first argument of every action."""

    id: UUID
    role: str
    name: str
    email: str
    language: str | None = None


@dataclass(frozen=True)
class Relation:
    """How the actor stands to the thing acted on."""

    own: bool = False  # theirs: made by them, or themselves
    window_open: bool = False  # still within their time to edit
    edited: bool = False  # made or edited by them, so that four eyes need another pair


STRANGER = Relation()
RULES: dict[str, Callable[[Relation], bool]] = {
    "no": lambda relation: False,
    "yes": lambda relation: True,
    "any": lambda relation: True,
    "sample": lambda relation: True,
    "own": lambda relation: relation.own,
    "self": lambda relation: relation.own,
    "own_in_window": lambda relation: relation.own and relation.window_open,
    "not_own": lambda relation: not (relation.own or relation.edited),
    "not_self": lambda relation: not relation.own,
}


def allows(actor: Actor, action: str, relation: Relation = STRANGER) -> bool:
    return RULES[rule(actor.role, action)](relation)


def require(actor: Actor, action: str, relation: Relation = STRANGER) -> None:
    if not allows(actor, action, relation):
        raise NotAllowed(action=action)


def rule(role: str, action: str) -> str:
    return permissions()[action][role]


def may_ever(role: str, action: str) -> bool:
    """Whether a role has any use for the action: what a page or a menu asks before it shows it."""
    return rule(role, action) != "no"


@cache
def permissions() -> dict[str, dict[str, str]]:
    """action -> role -> rule."""
    with (DATA / "permissions.csv").open(encoding="utf-8") as file:
        return {row["action"]: {role: row[role] for role in ROLES} for row in csv.DictReader(file)}
