"""Every fault is found, in its cell, and nothing else is."""

from uuid import uuid4

import pytest

from core import clock
from core.db import transaction
from core.imports import reading
from core.imports.planning import Asked, ImportOptions, Plan, plan
from core.policy import Actor
from tests.core.imports.faults import inject
from tests.core.imports.people import HEATED, LABORATORY, RAW, SAMPLE, TONGUE, Person, make
from tests.makers import make_user

EVERYTHING = (SAMPLE, HEATED, RAW, TONGUE, LABORATORY)
WIDE = Person("wide", language=2, says_groups=True, title_rows=2, groups=EVERYTHING, n=300)


@pytest.fixture(scope="module")
def actor() -> Actor:
    return make_user("researcher")


def look(actor: Actor, data: bytes, **options: object) -> Plan:
    """The dry run."""
    asked = Asked(actor, uuid4(), "0" * 64, clock.now(), ImportOptions.model_validate({"scale": "1-10"} | options))
    with transaction() as session:
        return plan(session, reading.read(data), asked)


def check(actor: Actor, n: int, faults: int) -> None:
    made = make(Person(**{**vars(WIDE), "n": n}), seed=n)
    spoilt = inject(made, faults)
    found = look(actor, made.data)
    errors = {each.cell for each in found.findings if each.level == "error"}
    assert {cell: spoilt[cell] for cell in spoilt.keys() - errors} == {}
    # A wrong day may make the grade of its row wrong, too; nothing is said of the rows without a fault.
    rows = {int("".join(filter(str.isdigit, cell))) for cell in spoilt}
    assert [vars(each) for each in found.findings if each.row not in rows] == []
    assert found.summary["bad"] == faults
    assert found.summary["new_samples"] == n - faults


def test_every_fault_is_found_in_its_cell(actor: Actor) -> None:
    check(actor, 300, 40)


@pytest.mark.soak
def test_every_one_of_500_faults_in_10_000_rows_is_found(actor: Actor) -> None:
    check(actor, 10_000, 500)
