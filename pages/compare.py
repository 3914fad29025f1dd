"""Compare groups: whether groups differ."""

from functools import partial

from dashboard.charts.compare import FIGURES, OF_RUN
from dashboard.compare_options import options
from dashboard.statistic_runs import show_run
from dashboard.statistics_page import statistics_page

mixed = partial(show_run, view="mixed", figures=OF_RUN)
statistics_page("compare", FIGURES, options, {"mixed": mixed})
