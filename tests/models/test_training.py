"""Training end to end on a handful of photos, and the margins of its intervals."""

import json

import numpy as np

from models import predicting
from models.head import conformal_margins
from models.training import train_first_head


def test_a_head_can_be_trained_and_used(tmp_path):
    report = train_first_head(tmp_path, n=100, seed=40)
    assert json.loads((tmp_path / "report.json").read_text()) == report
    model = predicting.load(tmp_path / report["file"], report["sha256"])
    assert model.card.photos == 100
    assert report["photos"] == {"train": 70, "held_out": 15}


def test_margins_hold_the_share_they_promise():
    rng = np.random.default_rng(1)
    truth = rng.exponential(1, (4000, 2))
    margins = conformal_margins(truth[:2000], np.ones((2000, 2)), 0.8)
    inside = (truth[2000:] >= 1 + margins[:, 0]) & (truth[2000:] <= 1 + margins[:, 1])
    assert np.allclose(inside.mean(0), 0.8, atol=0.04)
