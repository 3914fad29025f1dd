"""Registers a sample: one call, one transaction, safe to repeat."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, catalogue, clock, drafts, ids, photo_claims, regions, reviews, trace_numbers, traceability
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, check_confirmed
from core.policy import Actor, require
from core.samples import duplicates, rules
from core.samples.new import NewSample
from core.samples.views import SampleView, view
from core.tables import Evaluation, PurgedSample, Round, Sample

OWN_FIELDS = set(NewSample.model_fields) - {"trace_number", "scores", "photo", "confirmed_warnings"}


@dataclass(frozen=True)
class Registered:
    sample: SampleView
    created: bool  # False: the very same submission was here before


def register(actor: Actor, sample_id: str, new: NewSample, *, source: str = "manual") -> Registered:
    """Makes the sample with its raw round, its scores and its photo.

    The maker chooses the id before sending, so that the same submission sent twice makes one sample.

    Raises:
        BadInput: everything that is wrong, field by field.
        Unconfirmed: everything that looks wrong and is not confirmed.
        Conflict: the id stands for another sample or other content, here, in the recycle bin or gone for good.
    """
    require(actor, "sample.create_fresh")
    _check(sample_id, new)
    submission = hashlib.sha256(new.model_dump_json(exclude={"confirmed_warnings"}).encode()).hexdigest()
    with transaction() as session:
        # Two identical requests at once: the second waits here and then finds the first one's sample.
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:id, 1))"), {"id": sample_id})
        if (known := session.get(Sample, sample_id)) is not None:
            if known.created_by != actor.id or known.submission_hash != submission or known.deleted_at is not None:
                raise Conflict
            return Registered(view(session, actor, known), created=False)
        if session.get(PurgedSample, sample_id) is not None:
            raise Conflict
        warnings = check_confirmed([*rules.warn(new), *duplicates.warn(session, actor, new)], new.confirmed_warnings)
        sample = _add_sample(session, actor, sample_id, new, submission, source)
        sample.warnings = warnings
        _add_round(session, actor, sample, new)
        drafts.fulfil(session, actor, sample_id)
        reviews.approve_own(session, actor, sample)
        return Registered(view(session, actor, sample), created=True)


def _check(sample_id: str, new: NewSample) -> None:
    findings = rules.check(new, catalogue.get(), clock.today())
    if ids.parse(sample_id) != sample_id:
        findings.append(Finding("id", "sample_id_form"))
    if findings:
        raise BadInput(*findings)


def _add_sample(session: Session, actor: Actor, sample_id: str, new: NewSample, submission: str, source: str) -> Sample:
    trace = trace_numbers.read(new.trace_number)
    province, city = regions.locate(new.farm_address)
    now = clock.now()
    sample = Sample(
        id=sample_id,
        version=1,
        status="pending",
        trace_number=trace.number,
        trace_kind=trace.kind,
        province=province,
        city=city,
        source=source,
        received_at=now,
        submitted_at=now,
        edit_window_from=now,
        created_by=actor.id,
        submission_hash=submission,
        **new.model_dump(include=OWN_FIELDS),
    )
    traceability.verify(session, sample)
    session.add(sample)
    session.flush()
    after = new.model_dump(mode="json", exclude={"photo", "confirmed_warnings"}, exclude_none=True)
    audit.record(session, actor, "sample.create_fresh", "sample", sample_id, after=after)
    return sample


def _add_round(session: Session, actor: Actor, sample: Sample, new: NewSample) -> None:
    """Round 0: the raw sample, with what was submitted of it."""
    session.add(Round(sample_id=sample.id, seq=0, created_by=actor.id))
    session.flush()
    if new.scores is not None:
        scores = new.scores.model_dump()
        now = clock.now()
        place = {"sample_id": sample.id, "seq": 0, "preparation": "raw"}
        session.add(Evaluation(**place, evaluator=actor.id, evaluated_at=new.captured_at or now, **scores))
    if new.photo is not None:
        if photo_claims.is_received(session, actor, new.photo.id):
            photo_claims.attach(session, actor, new.photo.id, sample.id, 0, "raw", new.photo.sha256)
        elif new.photo.sha256 is not None:
            photo_claims.promise(session, actor, new.photo.id, sample.id, new.photo.sha256)
        else:
            raise BadInput(Finding("photo", "photo_not_received"))
