"""Tables of labels as people keep them: names, languages and encodings differ, what cannot be read is named."""

from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from models.training.labels import LabelsUnclear, from_folder
from tests.models.training.pictures import picture

COLUMNS = "Name,Rank,Gender,Flavor,Juiciness,Tenderness,Umami,Palability,Marbling,Color,Texture,Surface Moisture,Total"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    for name in ("a.jpg", "b.JPG", "inside/c.png"):
        (tmp_path / name).write_bytes(picture(0.5, 1))
    return tmp_path


def labels(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_columns_of_the_old_project_are_understood(folder: Path) -> None:
    labels(
        folder,
        f"{COLUMNS}\na.jpg,1++,거세,4,4,4,4,4,5,3,4,2,4\nb,1+,암,3,3,3,3,3,3.5,3,3,3,3\nc.png,2,,1,1,1,1,1,1,1,1,1,1\n",
    )
    found = from_folder(folder)
    assert found.table["grade"].tolist() == ["1++", "1+", "2"]
    assert found.table["sex"].tolist() == ["castrated", "female", None]
    assert found.table.loc[1, ["marbling", "surface_moisture", "overall", "palatability"]].tolist() == [3.5, 3, 3, 3]
    assert found.table["bms"].isna().all()
    assert found.scale == (1.0, 5.0)
    assert found.left_out == ()
    assert found.read(2) == (folder / "inside/c.png").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_korean_names_and_encodings(folder: Path, encoding: str) -> None:
    labels(folder, "파일명;육질등급;근내지방도;이력번호;부위\na.jpg;1++;8;002 1234 5678;등심\n", encoding)
    row = from_folder(folder).table.iloc[0]
    assert (row["grade"], row["bms"], row["animal"], row["cut"]) == ("1++", 8, "00212345678", "등심")


def test_a_workbook_does_as_well(folder: Path) -> None:
    book = Workbook()
    for row in (["Image Name", "Marbling"], ["a", 3], ["b.jpg", "4.5"]):
        book.active.append(row)
    book.save(folder / "labels.xlsx")
    assert from_folder(folder).table["marbling"].tolist() == [3, 4.5]


def test_what_cannot_be_read_is_left_empty_and_named(folder: Path) -> None:
    labels(folder, "Name,Rank,Marbling\na,first,3\nb,1+,much\nghost,1,2\n,1,2\n")
    found = from_folder(folder)
    assert found.left_out == (
        "ghost: no such photo",
        "a: grade cannot be read: first",
        "b: marbling cannot be read: much",
    )
    assert found.table["grade"].tolist() == [None, "1+"]
    assert np.isnan(found.table["marbling"][1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Rank,Marbling\n1,2\n", "no column names the photos"),
        ("Name,Marbling,마블링\na,1,2\n", "several columns mean the same: marbling"),
        ("Name,Marbling\nghost,1\n", "none of the 1 rows names a photo"),
        ("Name,Marbling\na,1000\n", "say their scale"),
    ],
)
def test_what_to_mend_is_said(folder: Path, text: str, said: str) -> None:
    labels(folder, text)
    with pytest.raises(LabelsUnclear, match=said):
        from_folder(folder)


def test_scores_beyond_the_named_scale_are_refused(folder: Path) -> None:
    labels(folder, "Name,Marbling\na,7\n")
    with pytest.raises(LabelsUnclear, match="beyond the scale 1-5"):
        from_folder(folder, scale=(1, 5))
    assert from_folder(folder, scale=(1, 9)).scale == (1, 9)


def test_one_table_or_a_name_of_it(folder: Path) -> None:
    with pytest.raises(LabelsUnclear, match="holds 0 tables"):
        from_folder(folder)
