"""What a person may choose of a training."""

from dataclasses import dataclass, replace

FIRST = 2 / 3  # of the largest crop's side: what the first pass sees
STEP = 32  # sides are multiples of it, as the network halves them five times
GROWN = 0.75  # share of the passes after which crops are at their largest


@dataclass(frozen=True)
class Options:
    """Defaults suit some 1,500 photos on two processor cores.

    side: pixels of the square that a finished model sees, and of the largest crops in training, as a network answers
    best at the size that it learned last.
    """

    name: str = "meatlab"
    version: str = ""  # empty: the date
    seed: int = 1
    epochs: int = 12
    patience: int = 8  # epochs without a smaller loss on photos aside; then training ends
    batch: int = 32
    side: int = 288
    rate: float = 5e-4  # of learning, at its highest
    decay: float = 0.05
    coverage: float = 0.8
    views: int = 4

    def crop_in(self, epoch: int) -> int:
        """Crops grow from pass to pass: the first ones learn what is coarse, and take half the time (progressive
        learning, Tan and Le 2021, arXiv:2104.00298)."""
        grown = min(1.0, epoch / max(1.0, GROWN * (self.epochs - 1)))
        return _whole(self.side * (FIRST + (1 - FIRST) * grown))

    @property
    def frame(self) -> int:
        """Pixels of the kept photos, finer than any crop needs."""
        return round(self.side * 1.4)

    def named(self, version: str) -> "Options":
        return self if self.version else replace(self, version=version)


def _whole(side: float) -> int:
    """The nearest multiple of STEP."""
    return max(1, round(side / STEP)) * STEP
