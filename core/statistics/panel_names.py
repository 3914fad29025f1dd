"""What evaluators are called on the screen: no two of them alike."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.db import transaction
from core.tables import User


def names_of(raters: Sequence[str]) -> dict[str, str]:
    """By their pseudonym or name; with the name of who wrote for them, and a mark, where that is not enough.

    In the order of the users' names, and of the pseudonyms that each of them wrote for.

    Args:
        raters: keys of evaluators, the id of a user or "id/pseudonym": what a user wrote down for somebody.
    """
    parts = {rater: (rater.partition("/")[0], rater.partition("/")[2]) for rater in raters}
    users = _users({UUID(user) for user, _ in parts.values()})
    order = {rater: (users[user].casefold(), user, _natural(alias)) for rater, (user, alias) in parts.items()}
    told = {rater: parts[rater][1] or users[parts[rater][0]] for rater in sorted(raters, key=order.__getitem__)}
    for signs in (0, 4, 8):  # of the user's id
        often = Counter(told.values())
        told = {
            rater: _longer(*parts[rater], users, signs) if often[name] > 1 else name for rater, name in told.items()
        }
    return told


def _users(ids: set[UUID]) -> dict[str, str]:
    if not ids:
        return {}
    with transaction() as session:
        found = session.execute(select(User.id, User.name).where(User.id.in_(ids))).all()
    return {str(key): name for key, name in found}


def _longer(user: str, alias: str, users: dict[str, str], signs: int) -> str:
    name = f"{users[user]} #{user[:signs]}" if signs else users[user]
    return f"{alias} ({name})" if alias else name


def _natural(name: str) -> list[Any]:
    """P2 before P10."""
    return [int(part) if part.isdecimal() else part.casefold() for part in re.split("([0-9]+)", name)]
