"""What goes to the log, and what somebody typed does not."""

import json

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from core import logs
from core.db import transaction
from core.tables import User
from tests.makers import make_user


def test_a_failure_is_one_line_of_json_without_what_somebody_typed(capsys: pytest.CaptureFixture[str]) -> None:
    email = make_user().email
    logs.configure()
    try:
        with transaction() as session:
            session.add(User(email=email, name="Hong Gildong", role="normal", state="active", password_hash="$argon2"))
    except IntegrityError:
        structlog.get_logger().exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert "uq_users_email" in told["exception"]
    for typed in (email, "Hong Gildong", "$argon2"):
        assert typed not in line
