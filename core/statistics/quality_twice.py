"""Samples that look entered twice: the same cut of the same animal within minutes, or the same stored photo."""

from datetime import timedelta

import numpy as np
import pandas as pd
from sqlalchemy import text

from core import clock, ids
from core.db import transaction
from core.samples.duplicates import SOON
from core.statistics.answers import Part, Says
from core.statistics.behind import rows_of
from core.statistics.cohort import Array, Cohort
from core.statistics.filters import StatisticsFilter

MOST_PAIRS = 200  # that are listed: the latest
MOST_ASKED = 2_000  # samples of which the database is asked: the latest
COLUMNS = ["reason", "sample", "other", "species", "secondary_cut", "received", "minutes_apart"]
INSTANTS = text("select id, received_at from samples where id = any(:ids)")
SAME_PHOTO = text("""
    select distinct sha256, unnest(array[p.sample_id, o.sample_id]) as sample_id from photos p
    join photos o using (sha256)
    where p.sample_id = any(:ids) and o.sample_id <> p.sample_id
        and p.state = 'stored' and p.seq >= 0 and o.state = 'stored' and o.seq >= 0 limit :most
""")


def twice(cohort: Cohort, query: StatisticsFilter) -> Part:
    """Pairs of samples, each one with that received before it; both are among those that the filter leaves."""
    suspects = _suspects(cohort)
    cuts = _pairs(cohort, suspects, [f"{animal} {cut}" for animal, cut in _animal_and_cut(cohort, suspects)])
    cuts = cuts[cuts["apart"] <= SOON]
    photos = _pairs(cohort, *_with_same_photo(cohort))
    pairs = pd.concat([cuts.assign(reason="same_cut"), photos.assign(reason="same_photo")], ignore_index=True)
    pairs = pairs.sort_values(["received_at", "sample", "reason"], ascending=False, ignore_index=True)
    listed = pairs.head(MOST_PAIRS)
    says = Says("quality.says_nothing_twice", {"n": len(cohort)}) if len(cohort) else Says("statistics.says_none")
    if len(pairs):
        says = Says("quality.says_twice", {"n": len(pairs), "cuts": len(cuts), "photos": len(photos)})
    notes = [Says("quality.note_twice", {"minutes": SOON // timedelta(minutes=1)})]
    if len(pairs) > MOST_PAIRS or len(cohort) > MOST_ASKED:
        notes.append(Says("quality.note_most_pairs", {"n": len(listed)}))
    narrows = [{"ids": np.array(sorted(pair), "S11")} for pair in zip(listed["sample"], listed["other"], strict=True)]
    kinds = {"reason": "quality.reason", "species": "species", "secondary_cut": "secondary_cuts"}
    return Part("twice", _told(listed), cohort.n, 0, says, (), tuple(notes), kinds, narrows=narrows)


def _suspects(cohort: Cohort) -> Array:
    """The rows of samples that share animal and cut with another of the same day or the next; the latest of them."""
    animal = cohort["animal"]
    several = np.flatnonzero(np.bincount(animal, minlength=1)[animal] > 1)
    if not len(several):
        return several
    day = cohort["received"][several].astype(np.int64)
    day -= day.min()
    cuts = len(cohort.keys("secondary_cut"))
    # Of one animal and cut the numbers of neighbouring days differ by one; of two animals or cuts by more.
    number = (animal[several].astype(np.int64) * cuts + cohort["secondary_cut"][several]) * (day.max() + 2) + day
    ordered = np.sort(number)
    close = np.diff(ordered) <= 1
    wanted = np.unique(np.concatenate([ordered[:-1][close], ordered[1:][close]]))
    if not len(wanted):
        return np.empty(0, np.int64)
    places = np.minimum(np.searchsorted(wanted, number), len(wanted) - 1)
    return _latest(cohort, cohort.rows[several[wanted[places] == number]])


def _animal_and_cut(cohort: Cohort, rows: Array) -> list[tuple[int, int]]:
    samples = cohort.facts.samples
    return list(zip(samples["animal"][rows].tolist(), samples["secondary_cut"][rows].tolist(), strict=True))


def _with_same_photo(cohort: Cohort) -> tuple[Array, list[str]]:
    """The rows of samples whose stored photo is that of another one, too, and which photo it is.

    The database is asked for the latest samples, and for those whose maker was warned of it: to compare a million
    photos each time would take too long.
    """
    ids = cohort.facts.samples["sample_id"][np.union1d(_latest(cohort, cohort.rows), _warned(cohort))]
    with transaction() as session:
        asked = {"ids": [key.decode() for key in ids], "most": MOST_ASKED}
        found = [(row.sha256, row.sample_id) for row in session.execute(SAME_PHOTO, asked)]
    places = {key: rows_of(cohort.facts, np.array([key], "S11")) for _, key in found}
    there = [(int(places[key][0]), photo) for photo, key in found if len(places[key]) and cohort.mask[places[key][0]]]
    return np.array([row for row, _ in there], np.int64), [photo for _, photo in there]


def _warned(cohort: Cohort) -> Array:
    """The rows of samples whose maker confirmed that their photo was used before."""
    warnings = cohort.warnings()
    return _latest(cohort, np.unique(warnings["sample"][warnings["code"] == cohort.code("code", "photo_used_before")]))


def _latest(cohort: Cohort, rows: Array) -> Array:
    """Those received last, so many as the database is asked for."""
    if len(rows) <= MOST_ASKED:
        return rows
    day = cohort.facts.samples["received"][rows]
    return rows[np.argpartition(-day, MOST_ASKED)[:MOST_ASKED]]


def _pairs(cohort: Cohort, rows: Array, same: list[str]) -> pd.DataFrame:
    """Each row with the one received before it among those that are the same, and how far apart they are."""
    samples, keys = cohort.facts.samples, cohort.keys
    table = pd.DataFrame({
        "sample": [key.decode() for key in samples["sample_id"][rows]], "same": same,
        "species": [keys("species")[code] for code in samples["species"][rows]],
        "secondary_cut": [keys("secondary_cut")[code] for code in samples["secondary_cut"][rows]],
    })  # fmt: skip
    with transaction() as session:
        found = session.execute(INSTANTS, {"ids": table["sample"].tolist()})
        instants = {row.id: row.received_at for row in found}
    table["received_at"] = pd.to_datetime(table["sample"].map(instants), utc=True)
    table = table.dropna(subset=["received_at"]).sort_values(["same", "received_at", "sample"])
    before = table.groupby("same")[["sample", "received_at"]].shift()
    table = table.assign(other=before["sample"], apart=table["received_at"] - before["received_at"])
    return table.dropna(subset=["other"])


def _told(pairs: pd.DataFrame) -> pd.DataFrame:
    """As people read it: sample numbers, the day in Seoul, minutes."""
    table = pairs.assign(
        sample=[ids.pretty(key) for key in pairs["sample"]],
        other=[ids.pretty(key) for key in pairs["other"]],
        received=[at.astimezone(clock.SEOUL).date() for at in pairs["received_at"]],
        minutes_apart=pairs["apart"].dt.total_seconds() / 60,
    )
    return table[COLUMNS]
