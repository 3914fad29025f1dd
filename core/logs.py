"""Logs: one JSON object a line on standard error, without secrets or personal data."""

import re
import sys
from typing import Any

import structlog

# What the database and pydantic quote in their errors is what somebody typed.
QUOTED = re.compile(r"DETAIL:.*?(?=\n\[SQL:|\nThe above exception|\Z)|input_value=.*?(?=, input_type=)", re.DOTALL)


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            leave_out_quoted,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def leave_out_quoted(_logger: Any, _method: str, event: Any) -> Any:
    if "exception" in event:
        event["exception"] = QUOTED.sub("(left out)", event["exception"])
    return event
