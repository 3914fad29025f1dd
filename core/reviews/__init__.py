"""Reviews: the queue, who has what in hand, approval and rejection."""

from core.reviews.claims import claim, release
from core.reviews.decisions import (
    ManyResult,
    Rejection,
    Reviewed,
    approve,
    approve_many,
    approve_own,
    may_review,
    reject,
)
from core.reviews.queue import Queue, QueueItem, next_item, queue, resubmission, waiting

__all__ = [
    "ManyResult",
    "Queue",
    "QueueItem",
    "Rejection",
    "Reviewed",
    "approve",
    "approve_many",
    "approve_own",
    "claim",
    "may_review",
    "next_item",
    "queue",
    "reject",
    "release",
    "resubmission",
    "waiting",
]
