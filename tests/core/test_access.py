"""What an actor may do with one sample, as pages ask it."""

from core import reviews, samples
from tests.makers import make_sample, make_user


def test_what_is_allowed_follows_role_relation_and_state() -> None:
    author, staff = make_user(), make_user("researcher")
    pending = make_sample(author)
    own = samples.allowed(author, pending.id)
    assert {"sample.edit", "sample.move_to_bin", "photo.add", "evaluation.write_fresh"} <= own
    assert not {"sample.create_processed", "measurement.write", "audit.view", "review.approve"} & own
    assert {"review.approve", "sample.edit"} <= samples.allowed(staff, pending.id)
    assert not {"measurement.write", "sample.create_processed"} & samples.allowed(staff, pending.id)
    reviews.approve(staff, pending.id, 1)
    assert samples.allowed(author, pending.id) == {"label.print"}
    assert {"measurement.write", "sample.create_processed"} <= samples.allowed(staff, pending.id)


def test_a_rejected_sample_is_submitted_again_by_its_author() -> None:
    author = make_user()
    sample = make_sample(author)
    assert "sample.submit_again" not in samples.allowed(author, sample.id)
    reviews.reject(make_user("researcher"), sample.id, 1, "photo_blurred", "Again, please.")
    assert "sample.submit_again" in samples.allowed(author, sample.id)
