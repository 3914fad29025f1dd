"""A page of the list of samples, beside the barest query over the same table."""

import secrets

from sqlalchemy import text

from benchmarks.measuring import Result, beside
from core import accounts, clock, ids, samples
from core.accounts import NewUser
from core.db import transaction
from core.samples import NewSample, SampleFilter

SAMPLES = 1000


def run() -> list[Result]:
    email = f"bench-{secrets.token_hex(4)}@example.com"
    accounts.create(None, NewUser(email=email, name="bench", role="researcher", password=secrets.token_hex(16)))
    actor = accounts.actor_of(email)
    for _ in range(SAMPLES):
        new = NewSample(
            trace_number=f"002{secrets.randbelow(10**9):09}", species="cattle", primal_cut="loin",
            secondary_cut="ribeye_roll", slaughtered_on=clock.today(),
        )  # fmt: skip
        samples.register(actor, ids.new(), new)
    return [
        beside(
            f"a page of 25 of {SAMPLES:,} samples with photos, people, rounds and total",
            lambda: samples.page(actor, SampleFilter(), limit=25),
            "select 25 rows of samples in a transaction",
            _barest,
        )
    ]


def _barest() -> None:
    with transaction() as session:
        session.execute(text("select * from samples order by received_at desc limit 25")).all()
