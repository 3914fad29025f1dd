"""The connection to PostgreSQL: one engine a process, one short transaction an action."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from core.config import settings
from core.errors import BadInput, Finding


def make_engine(url: str) -> Engine:
    """An engine whose sessions run in UTC and give up waiting for a lock rather than hang a page."""
    made = create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,  # an error's text goes to the log, and parameters are personal data
        connect_args={
            "connect_timeout": 5,
            # Reading here and there costs little more than in a row on today's disks; and queries are so short that
            # compiling one would take longer than running it.
            "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s "
            "-c random_page_cost=1.1 -c jit=off",
        },
    )
    event.listen(made, "handle_error", _refuse_unstorable_text)
    return made


@lru_cache
def engine() -> Engine:
    return make_engine(settings().database_url.get_secret_value())


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that commits when the block ends and rolls back when it raises."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


def _refuse_unstorable_text(context: ExceptionContext) -> None:
    """PostgreSQL holds neither NUL nor half characters: whoever sent them made the mistake."""
    error = context.original_exception
    if isinstance(error, UnicodeEncodeError) or (isinstance(error, ValueError) and "NUL" in str(error)):
        raise BadInput(Finding("text", "not_valid")) from error


def is_ready() -> bool:
    with engine().connect() as connection:
        return connection.execute(text("select 1")).scalar_one() == 1
