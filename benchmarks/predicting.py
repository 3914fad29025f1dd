"""Saying something of a photo, beside the bare network: what decoding, checking and explaining add."""

import subprocess
import sys
from collections.abc import Callable

import torch

from benchmarks.measuring import Result, beside
from models import explaining, predicting
from models.network import tell
from models.predicting import Model
from models.synthetic import draw, random_scene, to_jpeg

MANY = 64
SERVING = """
import re, sys
from models import explaining, predicting
path, sha256, _ = predicting.shipped()
model = predicting.load(path, sha256)
photo = sys.stdin.buffer.read()
for _ in range(10):
    predicting.predict(model, photo)
explaining.explain(model, photo, "grade")
predicting.predict_many(model, [photo] * 32, ["cattle"] * 32, [None] * 32)
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1))
"""


def run() -> list[Result]:
    path, sha256, _ = predicting.shipped()
    model = predicting.load(path, sha256)
    small, large = (_photo(*size) for size in ((640, 480), (4000, 3000)))
    many = [_photo(640, 480, seed) for seed in range(MANY)]
    one, all_of_them = _bare(model, 1), _bare(model, MANY)
    told = ["cattle"] * MANY, [None] * MANY
    things = {
        "one photo of 640 x 480, bytes in, numbers out": (lambda: predicting.predict(model, small), one, 15),
        "one photo of 12 megapixels": (lambda: predicting.predict(model, large), one, 15),
        f"{MANY} photos of 640 x 480": (lambda: predicting.predict_many(model, many, *told), all_of_them, 5),
        "explanation of one photo": (lambda: explaining.explain(model, small, "grade"), one, 15),
    }
    return [beside(name, action, "bare network", bare, times) for name, (action, bare, times) in things.items()]


def memory_mb() -> float:
    """The most that a process needs which loads the model, predicts one and many photos, and explains (MB)."""
    said = subprocess.run([sys.executable, "-c", SERVING], input=_photo(4000, 3000), capture_output=True, check=True)
    return int(said.stdout) / 1024


def _photo(width: int, height: int, seed: int = 3) -> bytes:
    return to_jpeg(draw(random_scene(seed, bms=1 + seed % 9, width=width, height=height)).photo)


def _bare(model: Model, n: int) -> Callable[[], None]:
    """The network's forward pass over n photos that lie ready as numbers, as many views at a time."""
    card, side, looks = model.card, model.card.preprocessing.side, n * model.card.preprocessing.views
    images = torch.rand(min(looks, predicting.views_at_once(side)), 3, side, side).contiguous(
        memory_format=torch.channels_last
    )
    told = tell(card.known, ("cattle", None)).expand(len(images), -1)

    def forward() -> None:
        with torch.inference_mode():
            for start in range(0, looks, len(images)):
                count = min(len(images), looks - start)
                model.whole.network(images[:count], told[:count])

    return forward
