"""One view of the database for a whole export: what is written while it reads does not come between its sheets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects import postgresql

from core.db import engine

# Instants are written in Seoul's time with its offset; a long export must not be taken for a query that hangs.
SETTINGS = ("set transaction read only", "set local timezone = 'Asia/Seoul'", "set local statement_timeout = 0")
WAYS = {"text": "format text, null ''", "csv": "format csv", "csv with keys": "format csv, header"}
# Its words are sent as they are, without parameters: a percent sign stays one.
DIALECT = postgresql.dialect(paramstyle="named")


class Sink(Protocol):
    """Takes one row at a time, as bytes."""

    def write(self, row: bytes) -> Any: ...


class Snapshot:
    """Reads in one transaction in which nothing changes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def count(self, query: Any) -> int:
        return self.connection.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0

    def copy(self, query: Any, to: Sink, way: str) -> None:
        """Sends the rows one by one as the server reads them: none of them waits in memory.

        Args:
            way: "text", in which nothing and an empty text are the same; "csv", or "csv with keys" in the first row.
        """
        said = query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
        driver: Any = self.connection.connection.cursor()
        driver.copy_expert(f"copy ({said}) to stdout with ({WAYS[way]})", to)
        driver.close()


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    with engine().connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for setting in SETTINGS:
            connection.execute(text(setting))
        try:
            yield Snapshot(connection)
        except BaseException:
            connection.invalidate()  # rows may still be on their way
            raise
