"""Scenes as varied as photos from kitchens, shops and slaughterhouses: what a segmentation must cope with."""

from dataclasses import replace

import numpy as np

from models.anatomy import Cut
from models.grounds import GROUNDS
from models.painting import BACKGROUNDS
from models.synthetic import Scene

FORMS = {"rib": 0.5, "strip": 0.27, "trimmed": 0.23}
# How often each thing lies in the picture
CHANCE = {"hand": 0.14, "glove": 0.10, "ruler": 0.12, "card": 0.05, "label": 0.22, "garnish": 0.06, "wrap": 0.12}
LAMPS = {  # gains of red, green and blue beside daylight
    "none": (1.0, 1.0, 1.0),
    "meat counter": (1.08, 0.86, 1.10),
    "violet": (1.0, 0.76, 1.25),
    "tube": (0.95, 1.05, 0.96),
    "candle": (1.12, 0.98, 0.74),
    "blue": (0.90, 0.98, 1.15),
}
OFTEN = (0.58, 0.12, 0.08, 0.08, 0.07, 0.07)


def varied(scene: Scene) -> Scene:
    """The same meat with hands, rulers, labels, other pieces, other cuts and far stronger light at random."""
    rng = np.random.default_rng([scene.seed, 11])
    form = str(rng.choice(list(FORMS), p=list(FORMS.values())))
    near = rng.random() < 0.3
    lamp = LAMPS[str(rng.choice(list(LAMPS), p=OFTEN))]
    gains = rng.uniform(0.96, 1.04, 3)
    return replace(
        scene,
        cut=Cut(
            form, float(np.exp(rng.normal(0, 0.22))), float(rng.uniform(0.6, 1.6)), float(rng.gamma(1.6, 1.6) + 0.4)
        ),
        rim=scene.rim * float(rng.choice([1.0, 2.0, 4.0], p=[0.65, 0.2, 0.15])),
        zoom=float(rng.uniform(1.4, 2.6) if near else rng.uniform(0.55, 1.3)),
        centre=(float(rng.uniform(0.34, 0.66)), float(rng.uniform(0.36, 0.64))),
        background=str(rng.choice([*BACKGROUNDS, *GROUNDS])),
        things=tuple(thing for thing, chance in CHANCE.items() if rng.random() < chance),
        neighbour=int(rng.integers(1_000_000)) if rng.random() < 0.15 and not near else None,
        tint=(float(lamp[0] * gains[0]), float(lamp[1] * gains[1]), float(lamp[2] * gains[2])),
        shade=float(rng.uniform(0.15, 0.6)) if rng.random() < 0.2 else 0.0,
        kelvin=float(np.clip(rng.normal(5500, 850), 3800, 8000)),
        exposure=float(rng.normal(0, 0.32)),
        blur=float(rng.gamma(2.2, 0.35)),
        noise=float(rng.uniform(0.5, 5)),
    )
