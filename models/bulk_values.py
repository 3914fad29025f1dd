"""Draws generated samples many at once: the population of models/population.py as arrays, for filling big databases."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from core import ids, regions
from models import population
from models.demo_animals import AGES, BREEDS, CUT_WEIGHTS, SEXES, cuts
from models.demo_places import FAMILY_NAMES, FAMILY_WEIGHTS, PLACES
from models.demo_samples import E_TONGUE
from models.demo_values import LOWEST, SCATTER
from models.population import AT_A_TABLE, CARCASS, CARCASS_KNOWN, TASTERS, Array

DAYS = 420  # how far back the samples reach
WAITING_DAYS = 6  # what was recorded since may still wait for its review
PROCESSED_SHARE = 0.112  # of all, as far as they are approved and old enough; so there are three evaluations a sample
PROCESSED_AFTER = 20  # days that three rounds need with some room
ROUNDS = 3
TASTED_AGAIN, MEASURED_TWICE, TONGUE = 0.1, 0.1, 0.2  # of the rounds; of the processed samples; of them, too
SIBLINGS = 0.35  # of the samples are a further cut of the animal before
LETTERS = np.array(list(ids.ALPHABET))
# The grade's mean of a score, its deviation, and the same of what comes with it
DRIFT = np.array([0.0, -0.3, -0.6, 0.5, 0.3])  # of the raw scores over three rounds
LIFT = np.array([0.2, 1.0, 1.2, 0.3, 0.6])  # of the heated scores over three rounds
LAB = (*population.LAB_VALUES, "crude_fat")
LAB_CHANGE = {"wbsf_kgf": -0.3, "cooking_loss": -0.12, "drip_loss": 0.10, "l_star": 0.04, "a_star": 0.05, "ph": 0.006}
CHANGE = np.array([LAB_CHANGE.get(name, 0.0) for name in LAB])
APART, LEAST = np.array([SCATTER[name] for name in LAB]), np.array([LOWEST.get(name, 0.0) for name in LAB])
TONGUE_CHANGE = {"et_sourness": 0.3, "et_umami": 0.4, "et_richness": 1.0}  # over three rounds


@dataclass(frozen=True)
class Drawn:
    """Some samples, one a place in each list; scores and values are empty where a sample was never processed."""

    ids: list[str]
    fields: list[dict[str, Any]]  # what its author sent, by the names of core.samples.NewSample
    places: list[tuple[str | None, str | None]]  # province and city
    captured_at: list[datetime]
    status: list[str]
    raw: list[list[float]]  # by population.RAW_SCORES
    processed: list[bool]
    raw_after: list[list[list[float]]]  # round, score
    heated: list[list[list[list[float]]]]  # round 0 to 3, place at the table and the first one again, score
    tasters: list[list[list[str]]]  # round 0 to 3, who sat at each place
    again: list[list[bool]]  # round 0 to 3, whether the first one tasted again
    lab: list[list[list[list[float]]]]  # round 0 to 3, replicate, value by LAB
    twice: list[bool]  # whether it was measured twice
    tongue: list[list[list[float]]]  # round 0 to 3, value by E_TONGUE
    tongued: list[bool]  # whether the electronic tongue tasted it


def draw(seed: int, first: int, n: int, span: tuple[float, float], today: date) -> Drawn:
    """`n` samples, of which `first` is the number of the first one; received in order.

    Args:
        span: which part of the time they come from: (0, 1) is all of it, oldest first.
    """
    rng = np.random.default_rng([seed, first])
    animal = _animals(rng, n)  # what belongs to the animal is drawn for each sample and taken from its first one
    is_cattle = (rng.random(n) < 0.8)[animal]
    pick = _by_species(rng, is_cattle, animal)
    grades = pick(population.GRADES)
    z = rng.standard_normal((n, 5)) @ population.raw_root()[1].T
    fatness = (0.75 * z[:, 0] + 0.66 * rng.standard_normal(n))[animal]
    bms = [_bms(grade, fat) if cattle else None for grade, fat, cattle in zip(grades, fatness, is_cattle, strict=True)]
    sexes = pick(SEXES)
    captured = _captured(rng, n, span, today)
    ages = np.array([AGES.get(sex, AGES["female"]) for sex in sexes])
    born = (rng.uniform(ages[:, 0], ages[:, 1]) * 30.44).astype(int)[animal]
    farms = _farms(rng, n, animal)
    chosen_cuts = _cuts(rng, is_cattle)
    traces = rng.integers(0, 10**11, n)[animal]
    fields = [
        _fields(cattle, int(trace), cut, breed, sex, grade, marbling, at, int(age), int(late), farm) | carcass
        for cattle, trace, cut, breed, sex, grade, marbling, at, age, late, farm, carcass in zip(
            is_cattle, traces, chosen_cuts, pick(BREEDS), sexes, grades, bms, captured, born,
            rng.integers(1, 3, n)[animal], farms, _carcasses(rng, is_cattle, fatness, animal), strict=True,
        )
    ]  # fmt: skip
    status, processed = _lives(rng, captured, today)
    raw = _raw(z, is_cattle, grades)
    heated, lab = _cooked(rng, fatness, is_cattle)
    done = np.array([0.0, *((1 - 0.45**seq) / (1 - 0.45**ROUNDS) for seq in range(1, ROUNDS + 1))])
    reach = rng.uniform(1.0, 2.0, n)
    heated_after, tasters = _at_table(rng, heated[:, None, :] + reach[:, None, None] * done[None, :, None] * LIFT)
    lab_after = (lab[:, None, :] * (1 + done[None, :, None] * CHANGE))[:, :, None, :]
    lab_after = lab_after + APART * rng.standard_normal((n, len(done), 2, len(LAB)))
    raw_after = raw[:, None, :] + done[None, 1:, None] * DRIFT
    return Drawn(
        _ids(rng, n), fields, [located(farm[0]) for farm in farms], captured, status, _score(raw).tolist(), processed,
        _score(raw_after).tolist(), _score(heated_after).tolist(), tasters,
        (rng.random((n, len(done))) < TASTED_AGAIN).tolist(),
        np.round(np.maximum(lab_after, LEAST), 2).tolist(), (rng.random(n) < MEASURED_TWICE).tolist(),
        np.round(_tongue(rng, n, done), 2).tolist(), (rng.random(n) < TONGUE).tolist(),
    )  # fmt: skip


def located(address: str | None) -> tuple[str | None, str | None]:
    """Province and city; the addresses are few, so each is read once."""
    if address not in _located:
        _located[address] = regions.locate(address)
    return _located[address]


_located: dict[str | None, tuple[str | None, str | None]] = {}


def _ids(rng: np.random.Generator, n: int) -> list[str]:
    """As core.ids makes them: ten characters and the check symbol; one in seven has none and is left out."""
    made: list[str] = []
    while len(made) < n:
        digits = rng.integers(0, 32, (n + n // 4 + 32, ids.LENGTH - 1))
        rest = np.zeros(len(digits), dtype=np.int64)
        for place in range(digits.shape[1]):
            rest = (rest * 32 + digits[:, place]) % 37
        whole = np.column_stack([digits, rest])[rest < 32]
        made += ["".join(row) for row in LETTERS[whole].tolist()]
    return made[:n]


def _animals(rng: np.random.Generator, n: int) -> Any:
    """For each sample the place of the first one of the same animal: some are further cuts of the one before."""
    first = rng.random(n) >= SIBLINGS
    first[0] = True
    return np.maximum.accumulate(np.where(first, np.arange(n), 0))


def _carcasses(rng: np.random.Generator, is_cattle: Any, fatness: Any, animal: Any) -> list[dict[str, float | None]]:
    """Official figures of the carcass, where they were asked for: fatter ones have more backfat."""
    n = len(animal)
    z = rng.standard_normal((n, 3))[animal]
    z[:, 1] = 0.4 * fatness + 0.9 * z[:, 1]
    mean, deviation, low, high = np.array(list(CARCASS.values())).T
    values = np.round(np.clip(mean + deviation * z, low, high), 1)
    known = (is_cattle & (rng.random(n) < CARCASS_KNOWN)[animal]).tolist()
    return [
        dict(zip(CARCASS, row if is_known else (None, None, None), strict=True))
        for row, is_known in zip(values.tolist(), known, strict=True)
    ]


def _at_table(rng: np.random.Generator, heated: Array) -> tuple[Array, list[list[list[str]]]]:
    """What each of those who tasted a round together said of it, and who they were; not always the same four."""
    n, rounds, _ = heated.shape
    places = np.append(np.arange(AT_A_TABLE), 0)
    names, habits = np.array(list(TASTERS)), np.array(list(TASTERS.values()))
    turn = np.arange(n)[:, None, None] + np.arange(rounds)[None, :, None] + places[None, None, :]
    who = turn % len(names)
    bias, waver = habits[who][..., 0], habits[who][..., 1]
    said = heated[:, :, None, :] + bias[..., None]
    said = said + waver[..., None] * rng.standard_normal((n, rounds, len(places), heated.shape[2]))
    return said, names[who].tolist()


def _tongue(rng: np.random.Generator, n: int, done: Array) -> Array:
    """What the electronic tongue said of each sample after each round."""
    low, high = np.array(list(E_TONGUE.values())).T
    change = np.array([TONGUE_CHANGE.get(name, 0.0) for name in E_TONGUE])
    found: Array = rng.uniform(low, high, (n, len(done), len(low))) + done[None, :, None] * change
    return found


def _by_species(rng: np.random.Generator, is_cattle: Any, animal: Any) -> Any:
    """A function that picks from one table of shares for each species, the same for all samples of an animal."""

    def pick(shares: dict[str, dict[str, float]]) -> list[str]:
        of_cattle, of_pigs = (_choice(rng, shares[species], len(is_cattle))[animal] for species in ("cattle", "pig"))
        return list(np.where(is_cattle, of_cattle, of_pigs).tolist())

    return pick


def _choice(rng: np.random.Generator, shares: dict[str, float], n: int) -> Any:
    weights = np.array(list(shares.values()), dtype=float)
    return rng.choice(np.array(list(shares)), n, p=weights / weights.sum())


def _bms(grade: str, fatness: float) -> int:
    numbers = population.BMS_OF_GRADE[grade]
    return numbers[int(min(max(0.5 + 0.3 * fatness, 0), 0.999) * len(numbers))]


def _captured(rng: np.random.Generator, n: int, span: tuple[float, float], today: date) -> list[datetime]:
    """Instants within the working hours of Seoul, in order; the newest are of yesterday."""
    ages = 1 + np.floor(DAYS * (1 - np.linspace(*span, n, endpoint=False)))
    seconds = rng.integers(30 * 60, 540 * 60, n) - 86400 * ages.astype(np.int64)
    midnight = datetime.combine(today, time(), UTC)
    return [midnight + timedelta(seconds=int(second)) for second in np.sort(seconds)]


def _cuts(rng: np.random.Generator, is_cattle: Any) -> list[tuple[str, str]]:
    """Primal and secondary cuts, the common ones more often."""
    tables = {}
    for species in ("cattle", "pig"):
        pairs = [(primal, second) for primal, seconds in cuts()[species] for second in seconds]
        counts = {primal: len(seconds) for primal, seconds in cuts()[species]}
        weights = np.array([CUT_WEIGHTS.get(primal, 0.6) / counts[primal] for primal, _ in pairs])
        tables[species] = (pairs, weights / weights.sum())
    places = {name: rng.choice(len(pairs), len(is_cattle), p=p) for name, (pairs, p) in tables.items()}
    return [
        tables["cattle"][0][a] if cattle else tables["pig"][0][b]
        for cattle, a, b in zip(is_cattle, places["cattle"], places["pig"], strict=True)
    ]


def _farms(rng: np.random.Generator, n: int, animal: Any) -> list[tuple[str | None, str]]:
    pairs = [(f"{name} {town}".strip() or None, weight / len(towns))
             for name, (weight, towns) in PLACES.items() for town in towns]  # fmt: skip
    weights = np.array([weight for _, weight in pairs])
    addresses = rng.choice(len(pairs), n, p=weights / weights.sum())[animal]
    families = np.array(FAMILY_WEIGHTS)
    names = rng.choice(len(FAMILY_NAMES), n, p=families / families.sum())[animal]
    return [(pairs[place][0], f"{FAMILY_NAMES[name]}○○") for place, name in zip(addresses, names, strict=True)]


def _fields(
    is_cattle: bool, trace: int, cut: tuple[str, str], breed: str, sex: str, grade: str, bms: int | None,
    captured: datetime, age: int, late: int, farm: tuple[str | None, str],
) -> dict[str, Any]:  # fmt: skip
    """What one author sent; a pig's birth is not recorded."""
    graded = captured.date()
    slaughtered = graded - timedelta(days=late)
    return {
        "trace_number": f"002{trace % 10**9:09}" if is_cattle else f"1{trace:011}",
        "species": "cattle" if is_cattle else "pig",
        "primal_cut": cut[0],
        "secondary_cut": cut[1],
        "breed": breed,
        "sex": sex,
        "grade": grade,
        "bms": bms,
        "graded_on": graded,
        "slaughtered_on": slaughtered,
        "born_on": slaughtered - timedelta(days=age) if is_cattle else None,
        "farm_address": farm[0],
        "farmer_name": farm[1],
        "captured_at": captured,
    }


def _lives(rng: np.random.Generator, captured: list[datetime], today: date) -> tuple[list[str], list[bool]]:
    """What became of each: the recent ones mostly wait; of the approved old ones so many were processed."""
    ages = np.array([(today - at.date()).days for at in captured])
    chance = rng.random(len(captured))
    status = np.where(
        chance < 0.05, "rejected", np.where((ages <= WAITING_DAYS) & (chance < 0.9), "pending", "approved")
    )
    old, processed = np.flatnonzero((status == "approved") & (ages >= PROCESSED_AFTER)), np.zeros(len(captured), bool)
    processed[rng.choice(old, min(len(old), math.ceil(PROCESSED_SHARE * len(captured))), replace=False)] = True
    return status.tolist(), processed.tolist()


def _raw(z: Array, is_cattle: Any, grades: list[str]) -> Array:
    """The five raw scores, not yet on the scale."""
    tables = [
        (population.MARBLING, population.OVERALL) if cattle else (population.PIG_MARBLING, population.PIG_OVERALL)
        for cattle in is_cattle
    ]
    mean, deviation = np.array([table[0][grade] for table, grade in zip(tables, grades, strict=True)]).T
    overall = np.array([table[1][grade] for table, grade in zip(tables, grades, strict=True)])
    matrix = population.raw_root()[0]
    shift = (mean - 5.6) / 1.9
    texture, wet, color = population.TEXTURE, population.SURFACE_MOISTURE, population.COLOR
    means = np.column_stack([
        mean, np.full(len(mean), color[0]), texture[0] + texture[1] * matrix[0, 2] * shift,
        wet[0] + wet[1] * matrix[0, 3] * shift, overall,
    ])  # fmt: skip
    constant = [np.full(len(mean), value[1]) for value in (color, texture, wet)]
    result: Array = means + np.column_stack([deviation, *constant, deviation]) * z
    return result


def _cooked(rng: np.random.Generator, fatness: Array, is_cattle: Any) -> tuple[Array, Array]:
    """Heated scores, not yet on the scale, and laboratory values, of meat of that fatness."""
    weights, root = population.cooked_given_fat()
    z = weights * np.clip(fatness, -2, 2)[:, None] + rng.standard_normal((len(fatness), len(weights))) @ root.T
    count = len(population.HEATED_SCORES)
    heated = np.array([population.HEATED[name] for name in population.HEATED_SCORES])
    scores = heated + population.HEATED_DEVIATION * z[:, :count]
    spread = {
        name: np.array([population.LAB[name][value] for value in population.LAB_VALUES]) for name in population.LAB
    }
    chosen = np.where(is_cattle[:, None, None], spread["cattle"], spread["pig"])
    values = chosen[:, :, 0] + chosen[:, :, 1] * np.clip(z[:, count:], -3, 3)
    fat = {name: np.array(population.CRUDE_FAT[name]) for name in population.CRUDE_FAT}
    mean_fat = np.where(is_cattle[:, None], fat["cattle"], fat["pig"])
    crude_fat = np.maximum(0.8, mean_fat[:, 0] + mean_fat[:, 1] * np.clip(fatness, -2, 2))
    lowest = np.array([{"wbsf_kgf": 1.6, "drip_loss": 0.2}.get(name, 0.0) for name in population.LAB_VALUES])
    return scores, np.column_stack([np.maximum(values, lowest), crude_fat])


def _score(values: Array) -> Array:
    """On the 1-10 scale in steps of 0.5."""
    result: Array = np.clip(np.round(values * 2) / 2, 1, 10)
    return result
