"""What rounds, evaluations and measurements have in common: they hang on a sample, and changing one changes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core import audit, clock
from core.errors import Conflict, Finding, NotFound, Stale, WrongState
from core.policy import Actor
from core.samples.views import SampleView, view
from core.tables import Round, Sample

CLOCKS_DIFFER = timedelta(minutes=5)  # a device's clock may run ahead of ours that far
LARGEST_SEQ = 999


@dataclass(frozen=True)
class Written:
    """The sample after the change; `created` is False where the thing was there before."""

    sample: SampleView
    created: bool


def round_of(session: Session, sample_id: str, seq: int) -> Round:
    """The round, unless it lies in the recycle bin.

    Raises:
        NotFound: there is no such round.
    """
    found = session.get(Round, (sample_id, seq)) if 0 <= seq <= LARGEST_SEQ else None
    if found is None:
        raise NotFound
    return found


def require_approved(sample: Sample) -> None:
    """Raises WrongState where a sample is not approved: only then it is processed, heated and measured."""
    if sample.status != "approved":
        raise WrongState(sample.status)


def check_instant(field: str, at: datetime, sample: Sample, part: Round | None = None) -> list[Finding]:
    """What is done to meat is done after the slaughter, after its round has begun, and not in the future."""
    if at > clock.now() + CLOCKS_DIFFER:
        return [Finding(field, "instant_in_the_future")]
    if at.astimezone(clock.SEOUL).date() < sample.slaughtered_on:
        return [Finding(field, "before_slaughter")]
    if part is not None and part.started_at is not None and at < part.started_at:
        return [Finding(field, "before_round")]
    return []


def differences(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Each field that is stored otherwise: [stored, wanted], as JSON has them."""
    return {
        name: [_plain(stored.get(name)), _plain(value)] for name, value in wanted.items() if stored.get(name) != value
    }


def check_version(
    session: Session, actor: Actor, sample: Sample, version: int | None, differing: Mapping[str, list[Any]]
) -> None:
    """Asked before something that is there is changed or removed.

    Raises:
        Conflict: the caller does not say which version they have seen.
        Stale: they have seen another than the present one.
    """
    if version is None:
        raise Conflict
    if version != sample.version:
        raise Stale(sample.version, differing=dict(differing), current=view(session, actor, sample))


def finish(
    session: Session, actor: Actor, sample: Sample, action: str, place: Mapping[str, Any],
    *, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    """Counts and records one change of a locked sample: `place` says of what, `before` and `after` what changed."""
    sample.version += 1
    session.flush()
    audit.record(
        session, actor, action, "sample", sample.id, reason=reason,
        before=None if before is None else {**place, **before}, after=None if after is None else {**place, **after},
    )  # fmt: skip


def change(
    session: Session, actor: Actor, sample: Sample, action: str, place: Mapping[str, Any],
    row: Any, wanted: Mapping[str, Any], differing: Mapping[str, list[Any]],
) -> None:  # fmt: skip
    """Writes what differs into a stored row, within the caller's transaction."""
    for name, value in wanted.items():
        setattr(row, name, value)
    before = {name: old for name, (old, _) in differing.items()}
    after = {name: new for name, (_, new) in differing.items()}
    finish(session, actor, sample, action, place, before=before, after=after)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is absent or empty."""
    return {name: value for name, value in values.items() if value is not None and value != []}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
