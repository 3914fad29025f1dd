"""What a mark of the overview or of data quality leads to, as the list of samples says it."""

from datetime import date
from typing import Any

import pytest

from core.statistics import StatisticsFilter
from dashboard.statistic_filter import list_query


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"has": "photo"}, {"has": "photo", "status": "approved"}),
        ({"lacks": "has_laboratory", "status": "all"}, {"missing": "laboratory"}),
        ({"lacks": "has_heated_scores", "processing": "processed"},
         {"has": "rounds", "missing": "heated", "status": "approved"}),
        ({"lacks": "rounds", "processing": "fresh"}, {"missing": "rounds", "status": "approved"}),
        ({"period": "submitted", "status": "pending", "last": date(2026, 3, 1)},
         {"submitted_to": "2026-03-01", "status": "pending"}),
    ],
)  # fmt: skip
def test_the_list_says_what_samples_have_and_lack(wanted: dict[str, Any], said: dict[str, str]) -> None:
    assert list_query(StatisticsFilter.model_validate(wanted)) == said


@pytest.mark.parametrize(
    "wanted", [{"lacks": "grade"}, {"has": "born_on"}, {"has": "photo", "processing": "processed"}]
)  # fmt: skip
def test_what_the_list_cannot_say_leads_nowhere(wanted: dict[str, Any]) -> None:
    assert list_query(StatisticsFilter.model_validate(wanted)) is None
