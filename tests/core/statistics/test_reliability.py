"""The arithmetic of reliability equals published examples, and what scipy and statsmodels make of the same numbers."""

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.inter_rater import cohens_kappa

from core.statistics import reliability
from tests.core.statistics.panels import icc

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def test_intraclass_correlations() -> None:
    """Shrout and Fleiss (1979), table 2 and 4; the intervals as psych::ICC (R) gives them for the same table."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    found = reliability.intraclass(table, 6).set_index("coefficient")
    assert found["icc"].round(2).to_dict() == {
        "ICC(1,1)": 0.17, "ICC(2,1)": 0.29, "ICC(3,1)": 0.71, "ICC(2,k)": 0.62, "ICC(3,k)": 0.91,
    }  # fmt: skip
    ends = {key: (round(row["low"], 2), round(row["high"], 2)) for key, row in found.iterrows()}
    assert ends == {
        "ICC(1,1)": (-0.13, 0.72), "ICC(2,1)": (0.02, 0.76), "ICC(3,1)": (0.34, 0.95), "ICC(2,k)": (0.07, 0.93),
        "ICC(3,k)": (0.68, 0.99),
    }  # fmt: skip
    for row in icc(table, 6).items():
        np.testing.assert_allclose(found.loc[row[0]].to_list(), row[1], **CLOSE)
    squares = reliability.mean_squares(table)
    told = [squares.things, squares.judges, squares.left, squares.within]
    np.testing.assert_allclose(told, [11.24, 32.49, 1.02, 6.26], atol=0.005)


def test_weighted_kappa() -> None:
    """The ratings of anxiety of the R package irr: kappa2(anxiety[, 1:2], "squared") is 0.297."""
    a = np.array([3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3], float)
    b = np.array([3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4], float)
    kappa, variance = reliability.weighted_kappa(np.zeros(20, int), a, b, np.ones(20), 1)
    assert round(kappa[0], 3) == 0.297
    counts = pd.crosstab(a, b).reindex(index=range(1, 7), columns=range(1, 7), fill_value=0)
    np.testing.assert_allclose(variance[0] / 20, cohens_kappa(counts.to_numpy(), wt="fc").var_kappa, **CLOSE)


def test_an_interval_of_a_correlation() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 40))
    found = stats.pearsonr(x, y)
    low, high = reliability.pearson_interval(np.array([found.statistic]), np.array([40]))
    np.testing.assert_allclose((low[0], high[0]), found.confidence_interval(), **CLOSE)


def test_products_that_no_rater_ties_together_are_compared_within_their_part() -> None:
    """Two panels that share nobody: as many products and raters less, one for each panel."""
    rng = np.random.default_rng(6)
    rater, first = np.tile([0, 1, 2, 3], 10), np.arange(0, 40, 2)
    value = rng.normal(size=40) + np.repeat(rng.normal(size=20), 2)
    f, between, left, mse = reliability.product_effect(rater, value, first, 4)
    design = pd.DataFrame({"p": np.repeat(range(10), 2), "r": np.tile([0, 1], 10)})
    panels = (value.reshape(10, 4)[:, :2].ravel(), value.reshape(10, 4)[:, 2:].ravel())
    sums = [anova_lm(ols("v ~ C(p) + C(r)", design.assign(v=own)).fit()) for own in panels]
    products, residuals = (sum(table["sum_sq"][name] for table in sums) for name in ("C(p)", "Residual"))
    assert (between, left) == (18, 18)
    np.testing.assert_allclose((f, mse), (products / residuals, residuals / 18), **CLOSE)
