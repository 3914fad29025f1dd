"""Receiving a photo, beside merely decoding it."""

import io
import secrets

from PIL import Image

from benchmarks.measuring import Result, beside
from core import accounts, photos
from core.accounts import NewUser
from models.synthetic import draw, random_scene, to_jpeg


def run() -> list[Result]:
    email = f"bench-{secrets.token_hex(4)}@example.com"
    accounts.create(None, NewUser(email=email, name="bench", password=secrets.token_hex(16)))
    actor = accounts.actor_of(email)
    jpeg = to_jpeg(draw(random_scene(3, "cattle", 5, None, "1", 0.5, 0.4, width=4000, height=3000)).photo)
    return [
        beside(
            "receive a 12-megapixel JPEG: check, two copies, three objects in S3, one row",
            lambda: photos.receive(actor, jpeg),
            "decode it with Pillow",
            lambda: Image.open(io.BytesIO(jpeg)).load(),
        )
    ]
