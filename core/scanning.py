"""Scanning: what a code says, and whether the sample that it names is there for whoever scans it."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from core import access, codes, policy
from core.codes import Meaning
from core.db import transaction
from core.policy import Actor, Relation
from core.tables import Sample


@dataclass(frozen=True)
class Scanned:
    """`is_known`: of the number of a sample, whether there is one that the actor may see; of a trace number, whether
    there are samples of that animal or bundle that they may see.
    """

    kind: Literal["sample", "trace_number"]
    number: str
    trace_kind: str | None
    species: str | None
    format: str | None
    is_known: bool


def scan_text(actor: Actor, text: str, *, field: str = "text") -> Scanned:
    """What a scanner typed, or a person.

    Raises:
        BadInput: it says nothing to us, or its check character is wrong; names the field.
    """
    policy.require(actor, "sample.view", Relation(own=True))
    return _scanned(actor, codes.read_text(text, field=field))


def scan_image(actor: Actor, data: bytes, *, field: str = "image") -> Scanned:
    """What the codes on a picture say.

    Raises:
        BadInput: no JPEG or PNG, too large, nothing to read on it, or what is read says nothing to us; names the field.
    """
    policy.require(actor, "sample.view", Relation(own=True))
    return _scanned(actor, codes.read_image(data, field=field))


def _scanned(actor: Actor, meaning: Meaning) -> Scanned:
    named = Sample.id if meaning.kind == "sample" else Sample.trace_number
    with transaction() as session:
        query = select(Sample.id).where(named == meaning.number, access.visible(actor)).limit(1)
        is_known = session.scalars(query).first() is not None
    return Scanned(**vars(meaning), is_known=is_known)
