"""The scores of a world side by side by product and rater, as pandas puts them; for tests of the panel."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from sqlalchemy import insert
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from core.db import transaction
from core.tables import Evaluation
from core.tables.samples import HEATED_SCORES
from tests.worlds import World, records

ATTRIBUTE = "tenderness"


def heated(world: World) -> pd.DataFrame:
    """The heated scores of approved samples on the scale most of them are on, with their product."""
    rows = world.of_samples(world.evaluations, status="approved")
    rows = rows[rows["preparation"] == "heated"]
    rows = rows[rows["scale"] == rows["scale"].mode().iloc[0]] if len(rows) else rows
    product = rows["sample_id"] + "/" + rows["seq"].astype(str) + "/" + rows["day"].astype(str)
    return rows.assign(rater=str(world.people[0].id) + "/" + rows["panelist"], animal=rows["s_animal"], product=product)


def means(world: World, attribute: str = ATTRIBUTE) -> pd.DataFrame:
    """One value for each product and rater, of products with two raters or more; and the mean of the other raters."""
    rows = heated(world).dropna(subset=[attribute])
    table = rows.groupby(["product", "rater"])[attribute].mean().unstack()
    table = table[table.notna().sum(axis=1) >= 2]
    found = []
    for rater in table:
        own = table[table[rater].notna()]
        others = own.drop(columns=rater).mean(axis=1)
        found.append(
            pd.DataFrame({"product": own.index, "rater": rater, "value": own[rater].array, "others": others.array})
        )
    if not found:
        return pd.DataFrame(columns=["product", "rater", "value", "others", "animal", "month"])
    about = rows.drop_duplicates(["product", "rater"])[["product", "rater", "animal", "evaluated_at", "replicate"]]
    joined = pd.concat(found).merge(about, on=["product", "rater"])
    days = pd.to_datetime(joined["evaluated_at"], utc=True).dt.tz_convert("Asia/Seoul")
    return joined.assign(month=[day.date().replace(day=1) for day in days])


def clustered(values: pd.Series, animals: pd.Series) -> tuple[float, float]:
    """The interval of a mean with animals as clusters, by statsmodels."""
    model = sm.OLS(values.to_numpy(), np.ones(len(values)))
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(animals)[0]}, use_t=True)
    low, high = fitted.conf_int()[0]
    return low, high


def icc(table: np.ndarray[Any, Any], units: int) -> dict[str, tuple[float, float, float]]:
    """As McGraw and Wong (1996) write them in tables 4 and 7: mean squares of rows, columns, error and within rows.

    With fewer units than rows: what the same parts of variance would give with so many rows.
    """
    n, k = table.shape
    long = pd.DataFrame(table).stack().rename_axis(["row", "column"]).rename("score").reset_index()
    anova = anova_lm(ols("score ~ C(row) + C(column)", long).fit())
    msr, msc, mse = (anova["mean_sq"][name] for name in ("C(row)", "C(column)", "Residual"))
    msw = (anova["sum_sq"]["C(column)"] + anova["sum_sq"]["Residual"]) / (n * (k - 1))
    r1, r3 = (msr - msw) / (msr + (k - 1) * msw), (msr - mse) / (msr + (k - 1) * mse)
    r2 = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    msc, n = mse + (msc - mse) * units / n, units
    f = stats.f.ppf
    l1, u1 = msr / msw / f(0.975, n - 1, n * (k - 1)), msr / msw * f(0.975, n * (k - 1), n - 1)
    l3, u3 = msr / mse / f(0.975, n - 1, (n - 1) * (k - 1)), msr / mse * f(0.975, (n - 1) * (k - 1), n - 1)
    a, b = k * r2 / (n * (1 - r2)), 1 + k * r2 * (n - 1) / (n * (1 - r2))
    v = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    below, above = f(0.975, n - 1, v), f(0.975, v, n - 1)
    low = n * (msr - below * mse) / (below * (k * msc + (k * n - k - n) * mse) + n * msr)
    high = n * (above * msr - mse) / (k * msc + (k * n - k - n) * mse + n * above * msr)
    return {
        "ICC(1,1)": (r1, (l1 - 1) / (l1 + k - 1), (u1 - 1) / (u1 + k - 1)),
        "ICC(2,1)": (r2, low, high),
        "ICC(3,1)": (r3, (l3 - 1) / (l3 + k - 1), (u3 - 1) / (u3 + k - 1)),
        "ICC(2,k)": tuple(k * each / (1 + each * (k - 1)) for each in (r2, low, high)),
        "ICC(3,k)": (1 - mse / msr, 1 - 1 / l3, 1 - 1 / u3),
    }


def with_many_scores(world: World, n: int) -> None:
    """Adds heated scores of five raters on several days, some of them missing."""
    rng, rounds = np.random.default_rng(10), world.rounds[["sample_id", "seq"]]
    places = rounds.merge(pd.DataFrame({"day": range(20)}), "cross").merge(
        pd.DataFrame({"panelist": [f"P{place}" for place in range(1, 6)]}), "cross"
    )
    table = places.sample(n, random_state=10).reset_index(drop=True)
    table = table.assign(
        id=[uuid4() for _ in range(n)], preparation="heated", replicate=1, scale="1-10",
        evaluated_at=[datetime(world.year, 6, 1, tzinfo=UTC) + timedelta(int(day)) for day in rng.integers(0, 90, n)],
        **{name: np.where(rng.random(n) < 0.9, rng.integers(2, 21, n) / 2, np.nan) for name in HEATED_SCORES},
    )  # fmt: skip
    world.evaluations = table
    with transaction() as session:
        session.execute(insert(Evaluation), [row | {"evaluator": world.people[0].id} for row in records(table)])
