"""The rules of data/permissions.csv, every row for every role and relation."""

from itertools import product
from uuid import uuid4

import pytest

from core import policy
from core.errors import NotAllowed
from core.policy import ROLES, Actor, Relation

RELATIONS = [Relation(*flags) for flags in product((False, True), repeat=3)]


def expected(rule: str, relation: Relation) -> bool:
    """The rules of the table, said once more and in other words."""
    if rule in {"yes", "any", "sample"}:
        return True
    if rule == "own_in_window":
        return relation.own and relation.window_open
    if rule in {"own", "self"}:
        return relation.own
    if rule == "not_self":
        return not relation.own
    if rule == "not_own":
        return not relation.own and not relation.edited
    assert rule == "no"
    return False


@pytest.mark.parametrize("relation", RELATIONS, ids=str)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", policy.permissions())
def test_every_row_of_the_table_holds(action: str, role: str, relation: Relation) -> None:
    actor = Actor(uuid4(), role, "Somebody", "somebody@example.com")
    allowed = expected(policy.permissions()[action][role], relation)
    assert policy.allows(actor, action, relation) is allowed
    if allowed:
        policy.require(actor, action, relation)
        assert policy.may_ever(role, action)
    else:
        with pytest.raises(NotAllowed):
            policy.require(actor, action, relation)


def test_what_the_table_does_not_know_is_nobodys() -> None:
    with pytest.raises(KeyError):
        policy.allows(Actor(uuid4(), "manager", "", ""), "sample.invent")
    with pytest.raises(KeyError):
        policy.allows(Actor(uuid4(), "guest", "", ""), "sample.view")


def test_the_table_uses_only_rules_that_exist() -> None:
    assert {rule for rules in policy.permissions().values() for rule in rules.values()} <= set(policy.RULES)
