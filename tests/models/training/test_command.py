"""`manage.py train` and `evaluate` as a person runs them: a folder in, a model and its report out."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.config import ROOT
from models.training import Options
from tests.models.training.pictures import GRADES, picture

SMALL = ["--epochs", "1", "--side", "32", "--name", "tiny"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty photos with a table beside them."""
    made = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(2)
    with (made / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Name", "Rank", "Marbling"])
        for number in range(50):
            redness = float(rng.uniform())
            (made / f"{number}.jpg").write_bytes(picture(redness, number))
            rows.writerow([f"{number}.jpg", GRADES[4 - int(4.99 * redness)], round(1 + 4 * redness, 1)])
    return made


def run(*words: str, with_: tuple[str, ...] = ("manage.py",)) -> subprocess.CompletedProcess[str]:
    alone = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *with_, *words], cwd=ROOT, env=alone, capture_output=True, text=True, check=False
    )


def test_a_folder_is_learnt_from_and_the_model_is_measured_on_another(folder: Path, tmp_path: Path) -> None:
    trained = run("train", "--data", str(folder), "--out", str(tmp_path), *SMALL)
    assert trained.returncode == 0, trained.stderr
    assert "kappa" in trained.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["name"], report["trained_on"], report["data"]["photos"]) == ("tiny", "folder", 50)
    assert not (tmp_path / "checkpoint.pt").exists()
    measured = run("evaluate", str(tmp_path / report["file"]), "--data", str(folder))
    assert measured.returncode == 0, measured.stderr
    assert "grade, 50 photos of 50 animals" in measured.stdout


def test_what_to_mend_is_one_sentence(tmp_path: Path) -> None:
    refused = run("train", "--data", str(tmp_path), *SMALL)
    assert refused.returncode == 1
    assert refused.stderr.strip() == f"{tmp_path} holds 0 tables: name the one with the labels"


def test_a_scale_that_is_none_is_one_sentence(folder: Path) -> None:
    refused = run("train", "--data", str(folder), "--scale", "five", *SMALL)
    assert (refused.returncode, refused.stderr.strip()) == (1, "five is no scale: say it such as 1-5")


def test_a_side_that_the_network_cannot_halve_is_one_sentence(folder: Path) -> None:
    refused = run("train", "--data", str(folder), "--side", "300")
    told = "--side 300 is no multiple of 32: say one that is, such as 288"
    assert (refused.returncode, refused.stderr.strip()) == (1, told)


@pytest.mark.soak
def test_two_processes_learn_one_model(folder: Path, tmp_path: Path) -> None:
    """As `torchrun` starts them on a machine with several GPUs; here on processors, and until both end early."""
    both = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "manage.py")
    trained = run("train", "--data", str(folder), "--out", str(tmp_path), *SMALL, "--epochs", "40", with_=both)
    assert trained.returncode == 0, trained.stderr
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    aside = [each["aside"] for each in json.loads((tmp_path / "report.json").read_text())["losses"]]
    assert len(aside) < 40
    assert len(aside) - 1 - aside.index(min(aside)) == Options().patience
