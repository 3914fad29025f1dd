"""Batches: predictions of all photos that fit a filter of the list of samples, by the version that was live then.

The photos are counted first and noted one by one, so that a batch whose worker dies goes on where it was: `wake` finds
it. What is predicted is kept whatever becomes of the batch. After a slice of time a batch goes to the end of the queue,
so that whoever waits for a single photo does not wait for thousands.
"""

from core.predictions.batches.asking import accept_all, browse, cancel, count, get, start
from core.predictions.batches.rows import BatchRow, BatchRows, rows
from core.predictions.batches.views import BatchFilter, BatchView
from core.predictions.batches.working import PredictOne, clear, wake, work

__all__ = [
    "BatchFilter",
    "BatchRow",
    "BatchRows",
    "BatchView",
    "PredictOne",
    "accept_all",
    "browse",
    "cancel",
    "clear",
    "count",
    "get",
    "rows",
    "start",
    "wake",
    "work",
]
