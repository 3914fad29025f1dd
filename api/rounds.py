"""Processing rounds of a sample, and their evaluations and measurements. Every answer is the whole sample."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import CurrentActor, VersionIfSeen, VersionSeen
from api.samples import tagged
from core import evaluations, measurements, rounds
from core.evaluations import NewEvaluation
from core.inputs import Note
from core.measurements import NewMeasurement
from core.rounds import NewRound
from core.samples import SampleView
from core.samples.parts import LARGEST_SEQ, Written

router = APIRouter(prefix="/samples/{sample_id}/rounds/{seq}", tags=["rounds"])
Seq = Annotated[int, Path(ge=0, le=LARGEST_SEQ, description="0 is the raw sample, 1 the first processing round.")]
WRITTEN: dict[str, Any] = {
    "status_code": 201,
    "response_model": SampleView,
    "response_model_exclude_none": True,
    "responses": {200: {"model": SampleView, "description": "It was there before: the same, or changed."}},
}
REMOVED: dict[str, Any] = {"response_model": SampleView, "response_model_exclude_none": True}


@router.put("", **WRITTEN)
def write_round(
    actor: CurrentActor, sample_id: str, seq: Seq, version: VersionIfSeen, new: NewRound, response: Response
) -> Any:
    """Add the next round; sent again, it is the same round. With If-Match: change the round that is there."""
    if version is None:
        return _written(rounds.add(actor, sample_id, seq, new), response)
    return _written(rounds.change(actor, sample_id, seq, new, version), response)


@router.delete("", **REMOVED)
def remove_round(
    actor: CurrentActor, sample_id: str, seq: Seq, version: VersionSeen, reason: Annotated[Note, Query()],
    response: Response,
) -> Any:  # fmt: skip
    """Move the last round to the recycle bin, with its photos, evaluations and measurements."""
    return tagged(rounds.remove(actor, sample_id, seq, version, reason), response)


@router.put("/evaluations/{evaluation_id}", **WRITTEN)
def write_evaluation(
    actor: CurrentActor, sample_id: str, seq: Seq, evaluation_id: UUID, version: VersionIfSeen, new: NewEvaluation,
    response: Response,
) -> Any:  # fmt: skip
    """Keep one person's scores under an id that the caller has made. With If-Match: change those that are there."""
    return _written(evaluations.write(actor, sample_id, seq, evaluation_id, new, version), response)


@router.delete("/evaluations/{evaluation_id}", **REMOVED)
def remove_evaluation(
    actor: CurrentActor, sample_id: str, seq: Seq, evaluation_id: UUID, version: VersionSeen, response: Response
) -> Any:
    """Take one person's scores away; the history keeps what they were."""
    return tagged(evaluations.remove(actor, sample_id, seq, evaluation_id, version), response)


@router.put("/measurements/{measurement_id}", **WRITTEN)
def write_measurement(
    actor: CurrentActor, sample_id: str, seq: Seq, measurement_id: UUID, version: VersionIfSeen, new: NewMeasurement,
    response: Response,
) -> Any:  # fmt: skip
    """Keep one replicate under an id that the caller has made. With If-Match: change the one that is there."""
    return _written(measurements.write(actor, sample_id, seq, measurement_id, new, version), response)


@router.delete("/measurements/{measurement_id}", **REMOVED)
def remove_measurement(
    actor: CurrentActor, sample_id: str, seq: Seq, measurement_id: UUID, version: VersionSeen, response: Response
) -> Any:
    """Take one replicate away; the history keeps what it was."""
    return tagged(measurements.remove(actor, sample_id, seq, measurement_id, version), response)


def _written(written: Written, response: Response) -> SampleView:
    response.status_code = 201 if written.created else 200
    return tagged(written.sample, response)
