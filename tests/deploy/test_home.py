"""The folder of one installation refuses what it cannot work with, in one sentence."""

import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from deploy.home import CannotRun, InUse, choose_ports, opened, read_ports, read_secrets


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    with opened(folder):
        pass
    return folder


def test_only_one_at_a_time(home: Path) -> None:
    with opened(home), pytest.raises(InUse, match=r"already runs in .*MEATLAB_HOME"), opened(home):
        pass
    with opened(home):
        pass


def test_secrets_are_made_once_and_for_the_owner_only(home: Path) -> None:
    first = read_secrets(home)
    assert read_secrets(home) == first
    assert len(set(first.values())) == len(first)
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o066 == 0, "nobody else may list or change the folder"


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"secret_key": ""}'])
def test_broken_secrets_are_not_replaced(home: Path, content: str) -> None:
    (home / "secrets.json").write_text(content)
    with pytest.raises(CannotRun, match=r"secrets\.json .*restore the file"):
        read_secrets(home)
    assert (home / "secrets.json").read_text() == content


def test_lost_secrets_are_not_made_anew_beside_a_database(home: Path) -> None:
    (home / "database").mkdir()
    with pytest.raises(CannotRun, match=r"secrets\.json is missing"):
        read_secrets(home)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    mode = tmp_path.stat().st_mode
    with pytest.raises(CannotRun, match="holds other files"), opened(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]
    assert tmp_path.stat().st_mode == mode


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRun, match="cannot be written"), opened(tmp_path / "file" / "home"):
        pass


def test_a_full_disk_is_said_before_anything_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10**10, 10**10 - 5 * 10**7, 5 * 10**7)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(CannotRun, match=r"50 MB left .* needs 1000 MB"), opened(home):
        pass


def test_ports_stay_the_same_and_differ_from_each_other(home: Path) -> None:
    ports = choose_ports(home, ["a", "b", "c"])
    assert len(set(ports.values())) == 3
    assert choose_ports(home, ["a", "b", "c"]) == ports == read_ports(home)


def test_a_port_taken_meanwhile_is_replaced(home: Path) -> None:
    ports = choose_ports(home, ["a", "b"])
    (home / "ports.json").write_text(json.dumps(ports | {"a": ports["b"]}))
    assert choose_ports(home, ["b", "a"])["a"] != ports["b"]
