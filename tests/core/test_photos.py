"""Photos: taken once, kept whole, claimed by their sample, swept if nobody does."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core import clock, ids, photos, samples, storage
from core.db import transaction
from core.errors import BadInput, Conflict, EditWindowClosed, NotFound
from core.photos import NewPhoto
from core.policy import Actor
from core.tables import Photo, Upload
from tests.makers import fresh, jpeg, make_approved, make_sample, make_user, photo_id, receive_photo


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored_bytes(actor: Actor, photo: UUID, size: str = "original") -> bytes:
    content = photos.content(actor, photo, size)
    data = b"".join(content.chunks)
    assert content.length == len(data)
    return data


def count_uploads(photo: UUID) -> int:
    with transaction() as session:
        return int(session.get(Upload, photo) is not None)


def test_a_received_photo_is_stored_byte_for_byte() -> None:
    actor, data = make_user(), jpeg()
    info = photos.receive(actor, data, sha256=sha(data).upper())
    assert (info.state, info.width, info.height, info.bytes) == ("received", 240, 200, len(data))
    assert sha(stored_bytes(actor, info.id)) == info.sha256 == sha(data)
    assert stored_bytes(actor, info.id, "256")[:2] == b"\xff\xd8"


def test_nothing_is_fetched_where_the_reader_has_it_already() -> None:
    actor = make_user()
    photo = receive_photo(actor)
    etag = photos.content(actor, photo, "256").etag
    again = photos.content(actor, photo, "256", held=[etag])
    assert (again.etag, again.length, list(again.chunks)) == (etag, 0, [])


def test_the_same_photo_twice_is_one_photo() -> None:
    actor, data, photo = make_user(), jpeg(), uuid4()
    first = photos.receive(actor, data, photo_id=photo)
    assert photos.receive(actor, data, photo_id=photo) == first
    with ThreadPoolExecutor() as pool:
        again = list(pool.map(lambda _: photos.receive(actor, data, photo_id=photo), range(4)))
    assert set(again) == {first}


def test_the_same_new_photo_at_the_same_moment_is_one_photo() -> None:
    actor, data, photo = make_user(), jpeg(), uuid4()
    with ThreadPoolExecutor() as pool:
        assert len(set(pool.map(lambda _: photos.receive(actor, data, photo_id=photo), range(4)))) == 1


def test_other_bytes_or_another_person_under_the_same_id_conflict() -> None:
    actor, data, photo = make_user(), jpeg(), uuid4()
    photos.receive(actor, data, photo_id=photo)
    with pytest.raises(Conflict):
        photos.receive(actor, jpeg(), photo_id=photo)
    with pytest.raises(Conflict):
        photos.receive(make_user(), data, photo_id=photo)
    assert stored_bytes(actor, photo) == data


def test_other_bytes_than_promised_are_refused() -> None:
    with pytest.raises(BadInput) as refused:
        photos.receive(make_user(), jpeg(), sha256=sha(b"other"))
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [("sha256", "photo_damaged")]


def test_a_received_photo_is_nobody_elses_to_see() -> None:
    photo = receive_photo(make_user())
    for stranger in (make_user(), make_user("manager")):
        with pytest.raises(NotFound):
            photos.get(stranger, photo)
        with pytest.raises(NotFound):
            photos.content(stranger, photo, "original")


def test_a_samples_photo_is_seen_by_who_sees_the_sample() -> None:
    author = make_user()
    photo = photo_id(make_sample(author))
    for reader in (author, make_user("researcher"), make_user("manager")):
        assert photos.get(reader, photo).state == "stored"
    with pytest.raises(NotFound):
        photos.get(make_user(), photo)
    with pytest.raises(NotFound):
        photos.content(author, photo, "512")


def promise(actor: Actor, data: bytes) -> tuple[str, UUID]:
    photo, sample_id = uuid4(), ids.new()
    samples.register(actor, sample_id, fresh(photo={"id": str(photo), "sha256": sha(data)}))
    return sample_id, photo


def new_photo(photo: UUID, data: bytes, sample_id: str | None = None) -> NewPhoto:
    return NewPhoto(photo_id=photo, sha256=sha(data), sample_id=sample_id)


@pytest.mark.parametrize("names_sample", [True, False])
def test_a_promised_photo_finds_its_sample_even_unnamed(names_sample: bool) -> None:
    actor, data = make_user(), jpeg()
    sample_id, photo = promise(actor, data)
    sent = photos.send(actor, new_photo(photo, data, sample_id if names_sample else None), data)
    assert (sent.state, sent.sample_id) == ("stored", sample_id)
    assert photos.send(actor, new_photo(photo, data, sample_id), data) == sent
    assert samples.get(actor, sample_id).version == 2  # whoever looked before has not seen the photo
    assert count_uploads(photo) == 0


def test_a_photo_may_come_before_its_sample() -> None:
    actor, data, photo, sample_id = make_user(), jpeg(), uuid4(), ids.new()
    assert photos.send(actor, new_photo(photo, data, sample_id), data).state == "received"
    sample = samples.register(actor, sample_id, fresh(photo={"id": str(photo), "sha256": sha(data)})).sample
    assert [shot.state for shot in sample.rounds[0].photos] == ["stored"]
    assert photos.send(actor, new_photo(photo, data, sample_id), data).state == "stored"


def test_a_photo_and_its_sample_at_the_same_moment_find_each_other() -> None:
    actor = make_user()
    for _ in range(5):
        data, photo, sample_id = jpeg(), uuid4(), ids.new()
        new = fresh(photo={"id": str(photo), "sha256": sha(data)})
        with ThreadPoolExecutor() as pool:
            sent = pool.submit(photos.send, actor, new_photo(photo, data, sample_id), data)
            registered = pool.submit(samples.register, actor, sample_id, new)
            sent.result()
            registered.result()
        assert photos.get(actor, photo).state == "stored"


def test_a_strangers_sample_is_as_good_as_unknown() -> None:
    foreign = make_sample(make_user()).id
    data, photo = jpeg(), uuid4()
    sent = photos.send(make_user(), new_photo(photo, data, foreign), data)
    assert (sent.state, sent.sample_id) == ("received", None)


def test_a_sample_takes_no_photo_with_another_sha_than_it_was_promised() -> None:
    actor = make_user()
    photo = receive_photo(actor)
    with pytest.raises(Conflict):
        samples.register(actor, ids.new(), fresh(photo={"id": str(photo), "sha256": sha(b"other")}))


def test_a_newer_photo_takes_the_place_and_the_reviewer_has_to_look_again() -> None:
    actor = make_user()
    sample = make_sample(actor)
    data, newer = jpeg(), uuid4()
    photos.add(actor, sample.id, 0, "raw", data, photo_id=newer)
    after = samples.get(actor, sample.id)
    assert [shot.id for shot in after.rounds[0].photos] == [newer]
    assert after.version == sample.version + 1
    assert photos.get(actor, photo_id(sample)).state == "replaced"


def test_sending_a_replaced_photo_again_brings_nothing_back() -> None:
    actor, data, first = make_user(), jpeg(), uuid4()
    sample = make_sample(actor)
    photos.add(actor, sample.id, 0, "raw", data, photo_id=first)
    photos.add(actor, sample.id, 0, "raw", jpeg(), photo_id=uuid4())
    assert photos.add(actor, sample.id, 0, "raw", data, photo_id=first).state == "replaced"
    assert len(samples.get(actor, sample.id).rounds[0].photos) == 1


def test_a_photo_needs_a_round_that_the_actor_may_add_to() -> None:
    actor = make_user()
    sample = make_sample(actor)
    with pytest.raises(NotFound):
        photos.add(actor, sample.id, 1, "raw", jpeg(), photo_id=uuid4())
    with pytest.raises(NotFound):
        photos.add(make_user(), sample.id, 0, "raw", jpeg(), photo_id=uuid4())
    with clock.at(sample.received_at + timedelta(hours=72)), pytest.raises(EditWindowClosed):
        photos.add(actor, sample.id, 0, "raw", jpeg(), photo_id=uuid4())


def test_the_sweeper_removes_only_what_nobody_claimed_in_a_day() -> None:
    actor = make_user()
    claimed = photo_id(make_approved())
    old, orphan = receive_photo(actor), f"{photos.PREFIX}{uuid4()}/orphan/original"
    storage.put(orphan, b"x", "image/jpeg")
    with transaction() as session:
        old_key = session.get_one(Upload, old).storage_key
        claimed_key = session.get_one(Photo, claimed).storage_key
    with clock.at(clock.now() + photos.UPLOAD_LIFE - timedelta(minutes=5)):
        young = receive_photo(actor)
        photos.sweep()
    assert photos.get(actor, old).state == "received"
    assert storage.get(orphan) == b"x"
    with clock.at(clock.now() + photos.UPLOAD_LIFE + timedelta(minutes=5)):
        swept = photos.sweep()
    assert swept["unclaimed"] >= 1
    assert swept["orphans"] >= 4
    with pytest.raises(NotFound):
        photos.get(actor, old)
    for key in (orphan, f"{old_key}/original", f"{old_key}/1024", f"{old_key}/256"):
        with pytest.raises(NotFound):
            storage.get(key)
    assert storage.get(f"{claimed_key}/original")
    assert stored_bytes(actor, young)
