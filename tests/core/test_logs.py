"""What goes to the log, and what somebody typed does not."""

import json

import structlog
from sqlalchemy.exc import IntegrityError

from core.db import transaction
from core.tables import User
from tests.makers import logged, make_user


def test_a_failure_is_logged_without_what_somebody_typed() -> None:
    email = make_user().email
    with logged() as entries:
        try:
            with transaction() as session:
                session.add(
                    User(email=email, name="Hong Gildong", role="normal", state="active", password_hash="$argon2")
                )
        except IntegrityError:
            structlog.get_logger().exception("failed")
    (entry,) = entries
    assert "uq_users_email" in entry["exception"]
    for typed in (email, "Hong Gildong", "$argon2"):
        assert typed not in json.dumps(entry)
