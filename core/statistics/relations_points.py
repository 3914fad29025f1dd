"""Relations drawn as points: two variables with the line through them, and all variables on their first components."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from core.statistics.answers import Name, Part, Says, Test
from core.statistics.cohort import Array, Cohort
from core.statistics.numbers import FEWEST, LEVEL
from core.statistics.observations import Observations
from core.statistics.relations_pairs import interval, p_values
from core.statistics.relations_query import FEWEST_SEEN, Query, axes, is_same, together
from core.statistics.reliability import correlations
from core.statistics.tallies import coded, combined

MOST_POINTS, MOST_SCORES = 2_000, 1_000
SEED = 20_260_701  # of the choice of points: the same ones every time
STEPS = 40  # that the line is drawn in
BINS = 30  # along each axis of a shading, about


@dataclass(frozen=True)
class Line:
    """A least-squares line y = intercept + slope x, and what is known of it; `scale` is the variance about it.

    Observations weigh as much as the animals they are of: with several an animal, intervals are as wide as if there
    were one each. With one an animal it is the usual line.
    """

    n: int
    animals: int
    middle: float
    spread: float  # sum of squares of x about its middle, with those weights
    intercept: float
    slope: float
    scale: float

    @property
    def freedom(self) -> int:
        return self.animals - 2

    @property
    def sem(self) -> float:
        """The standard error of the slope."""
        return float(np.sqrt(self.scale / self.spread))

    @property
    def half(self) -> float:
        """How many standard errors half of a 95 % interval has."""
        return float(stats.t.ppf((1 + LEVEL) / 2, self.freedom)) if self.freedom > 0 else np.nan

    def at(self, x: Array) -> pd.DataFrame:
        """The line with the 95 % interval of its mean, and that of a new observation (Draper and Smith 1998, 3.1)."""
        fitted = self.intercept + self.slope * x
        variance = self.scale * (1 / self.animals + (x - self.middle) ** 2 / self.spread)
        mean, new = self.half * np.sqrt(variance), self.half * np.sqrt(variance + self.scale)
        return pd.DataFrame(
            {
                "x": x, "fitted": fitted, "low": fitted - mean, "high": fitted + mean, "new_low": fitted - new,
                "new_high": fitted + new,
            }
        )  # fmt: skip


class Joint(NamedTuple):
    """The different pairs of values of observations, and how many observations have each."""

    x: Array
    y: Array
    times: Array


class Components(NamedTuple):
    """Principal components of standardised variables: eigenvalues, falling; and a column of loadings for each."""

    eigenvalues: Array
    loadings: Array


def scatter(cohort: Cohort, query: Query) -> Part:
    """Two variables of the same observations, with the least-squares line over all of them."""
    names = axes(query)
    of = Observations(cohort, names)
    places, (x, y) = of.complete()
    joint, n, drawn = _joint(x, y), of.count(of.mask(places)), _some(len(places), MOST_POINTS)
    table = _points(of, places[drawn]).assign(x_value=x[drawn], y_value=y[drawn])
    more, notes = _drawn(joint, len(places), table, query)
    known = {"x": Name("attribute", names[0]), "y": Name("attribute", names[1]), "n": len(places), "animals": n.animals}
    says, tests = Says("relations.says_apart", known), tuple[Test, ...]()
    fitted = line(*joint, n.animals)
    if fitted is not None:
        r, tests = _tests(joint, fitted)
        says = _says(known, r, fitted)
        more |= {"line": fitted.at(np.linspace(x.min(), x.max(), STEPS + 1))}
        notes.append(Says("relations.note_animals"))
    return Part(
        "scatter", table, n, len(cohort) - n.samples, says, tests, (*of.notes, *notes),
        {"species": "species", "grade": "grades"}, narrows=_behind(table),
        more={"axes": names, "color": query.color} | more,
    )  # fmt: skip


def components(cohort: Cohort, query: Query) -> Part:
    """Principal components of standardised variables, of observations in which all are known."""
    found = together(cohort, query)
    keys, n, notes = found.keys, found.n, list(found.notes)
    drawn = _some(len(found.places), MOST_SCORES)
    points = _points(found.of, found.places[drawn])
    if len(keys) < 2 or len(found.places) < FEWEST_SEEN:
        says = Says("relations.says_few_together", {"fewest": FEWEST_SEEN})
        return Part(
            "components",
            _loadings(keys[:0], principal(np.eye(2))),
            n,
            len(cohort) - n.samples,
            says,
            notes=tuple(notes),
        )
    made = principal(found.r)
    if len(drawn) < len(found.places):
        notes.append(Says("relations.note_drawn_scores", {"drawn": len(drawn), "n": len(found.places)}))
    scaled = np.array([(row[drawn] - row.mean()) / row.std(ddof=1) for row in found.values])
    scores = made.loadings[:, :2].T @ scaled
    table = _loadings(keys, made)
    share = float(100 * made.eigenvalues[:2].sum() / made.eigenvalues.sum())
    told = {"k": len(keys), "share": share, "n": len(found.places), "left": len(found.of) - len(found.places)}
    return Part(
        "components", table, n, len(cohort) - n.samples, Says("relations.says_components", told), notes=tuple(notes),
        kinds={"variable": "attribute", "species": "species", "grade": "grades"},
        # Arrows lead nowhere; behind the rows of the table are the points.
        narrows=[*[None] * len(table), *_behind(points)],
        more={"scores": points.assign(first=scores[0], second=scores[1]), "color": query.color, "decimals": 3},
    )  # fmt: skip


def line(x: Array, y: Array, times: Array, animals: int) -> Line | None:
    """The line through pairs of numbers, each of so many observations; None where they or the animals that they are of
    are too few, or x never differs.
    """
    n = int(times.sum())
    if n < FEWEST_SEEN or animals < FEWEST or is_same(x):
        return None
    weight, middle, middle_y = animals / n, float(times @ x / n), float(times @ y / n)
    apart, apart_y = x - middle, y - middle_y
    spread = float(times * apart @ apart)
    slope = float(times * apart @ apart_y / spread)
    left = apart_y - slope * apart
    scale = float(times * left @ left) * weight / (animals - 2)
    return Line(n, animals, middle, spread * weight, middle_y - slope * middle, slope, scale)


def principal(r: Array) -> Components:
    """Of a correlation matrix. The largest loading of each component is positive."""
    eigenvalues, vectors = np.linalg.eigh(r)
    eigenvalues, vectors = np.maximum(eigenvalues[::-1], 0), vectors[:, ::-1]
    # Of loadings that differ only by rounding the first one counts.
    largest = np.argmax(np.round(np.abs(vectors), 9), axis=0)
    return Components(eigenvalues, vectors * np.sign(vectors[largest, np.arange(len(r))]))


def _loadings(keys: tuple[str, ...], made: Components) -> pd.DataFrame:
    """A row for each component and variable; `r` is the correlation of the two."""
    shares = made.eigenvalues / made.eigenvalues.sum()
    rows = [
        (place + 1, eigenvalue, shares[place], shares[: place + 1].sum(), key, made.loadings[row, place],
         made.loadings[row, place] * np.sqrt(eigenvalue))
        for place, eigenvalue in enumerate(made.eigenvalues) for row, key in enumerate(keys)
    ]  # fmt: skip
    columns = ["component", "eigenvalue", "share", "share_sum", "variable", "loading", "r"]
    return pd.DataFrame(rows, columns=columns)


def _joint(x: Array, y: Array) -> Joint:
    of_x, of_y = coded(x), coded(y)
    (x, y), count = combined((of_x.codes, len(of_x.levels)), (of_y.codes, len(of_y.levels)))
    return Joint(of_x.levels[x], of_y.levels[y], count)


def _tests(joint: Joint, fitted: Line) -> tuple[float, tuple[Test, ...]]:
    """Pearson's r, and the tests; nothing where y never differs."""
    if is_same(joint.y):
        return np.nan, ()
    freedom, n = float(fitted.freedom), fitted.animals
    r, rho = (float(found[0]) for found in correlations(np.zeros(len(joint.x), np.intp), *joint, 1))
    p, p_rho = (float(p_values(np.array(one), np.array(freedom))) for one in (r, rho))
    t = fitted.slope / fitted.sem if fitted.sem else np.inf
    return r, (
        Test("slope", t, (freedom,), p, "slope", fitted.slope, n),
        Test("pearson", r, (freedom,), p, n=n),
        Test("spearman", rho, (freedom,), p_rho, n=n),
    )


def _says(known: dict[str, Any], r: float, fitted: Line) -> Says:
    half = fitted.half * fitted.sem
    low, high = interval(np.array(r), np.array(fitted.freedom))
    values = {
        "slope": fitted.slope, "low": fitted.slope - half, "high": fitted.slope + half, "intercept": fitted.intercept,
        "r": r, "r_low": float(low), "r_high": float(high),
    }  # fmt: skip
    return Says("relations.says_level" if np.isnan(r) else "relations.says_scatter", known | values)


def _drawn(joint: Joint, n: int, points: pd.DataFrame, query: Query) -> tuple[dict[str, Any], list[Says]]:
    """What is drawn of n observations beside points, or of the points, and what is said of it."""
    told = {"drawn": len(points), "n": n}
    notes = [Says("relations.note_drawn", told)] if len(points) < n else []
    if query.color is None:
        shade = _shaded(joint) if n > MOST_POINTS else {}
        return shade, [Says("relations.note_shaded", told)] if shade else []
    if shaken := _shaken(points):
        return {"shaken": shaken}, [*notes, Says("relations.note_shaken")]
    return {}, notes


def _shaded(joint: Joint) -> dict[str, Any]:
    """Counts of observations in a grid: where its columns and rows are, and how many are in each cell."""
    (columns, of_x), (rows, of_y) = _binned(joint.x), _binned(joint.y)
    counts = np.bincount(of_y * len(columns) + of_x, joint.times, len(rows) * len(columns)).astype(np.int64)
    return {"columns": columns, "rows": rows, "counts": counts.reshape(len(rows), len(columns))}


def _shaken(points: pd.DataFrame) -> tuple[float, float] | None:
    """How far points are moved at most, where most would lie on each other: less than the steps of the values."""
    if len(points.drop_duplicates(["x_value", "y_value"])) > len(points) / 2:
        return None
    steps = [np.diff(np.unique(points[name])) for name in ("x_value", "y_value")]
    return tuple(float(0.4 * own.min()) if len(own) else 0.0 for own in steps)  # type: ignore[return-value]


def _binned(values: Array) -> tuple[Array, Array]:
    """The middles of bins of a round width, and the bin of each value; whole numbers are the middles of theirs."""
    span = max(float(np.ptp(values)), 1e-9)
    unit = 10.0 ** np.floor(np.log10(span / BINS))
    width = unit * next(step for step in (1, 2, 5, 10) if step * unit >= span / BINS)
    if width < 1 and not (values % 1).any():
        width = 1.0
    place = np.rint(values / width).astype(np.int32)
    first = place.min()
    return width * np.arange(first, place.max() + 1), place - first


def _some(n: int, most: int) -> Array:
    """Places of all, or of a choice that is the same every time."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).choice(n, most, replace=False))


def _points(of: Observations, places: Array) -> pd.DataFrame:
    """What is told of single observations."""
    samples, rows = of.cohort.facts.samples, of.sample[places]
    told = {name: np.array([*of.cohort.keys(name), None], object)[samples[name][rows]] for name in ("species", "grade")}
    ids = [key.decode() for key in samples["sample_id"][rows]]
    return pd.DataFrame({"sample": ids, "seq": of.rounds(places)} | told)


def _behind(points: pd.DataFrame) -> list[dict[str, Any]]:
    ids = np.array(points["sample"], "S11")
    return [{"ids": ids[place : place + 1]} for place in range(len(ids))]
