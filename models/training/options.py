"""What a person may choose of a training."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Options:
    """Defaults suit some 1,500 photos on two processor cores.

    side: pixels of the square that a finished model sees; training sees smaller, nearer crops of `crop` pixels.
    """

    name: str = "meatlab"
    version: str = ""  # empty: the date
    seed: int = 1
    epochs: int = 16
    patience: int = 8  # epochs without a smaller loss on photos aside; then training ends
    batch: int = 32
    side: int = 256
    rate: float = 5e-4  # of learning, at its highest
    decay: float = 0.05
    coverage: float = 0.8
    views: int = 4

    @property
    def crop(self) -> int:
        return round(self.side * 0.875 / 32) * 32

    @property
    def frame(self) -> int:
        """Pixels of the kept photos, finer than any crop needs."""
        return round(self.side * 1.25)

    def named(self, version: str) -> "Options":
        return self if self.version else replace(self, version=version)
