"""What a model says of one photo as every page shows it: grade, scores, values, what it does not answer, and whose word
it is. Nothing here asks or stores anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core import naming
from core.measurements import measures
from core.predictions import Measured, PredictionView
from dashboard import charts
from dashboard.charts import predictions as drawings
from dashboard.charts.predictions import Interval
from dashboard.language import language, plain, t, when
from dashboard.widgets import known_catalogue, name_of, numbers

GENERATED = "generated photos"
BMS = "bms"
NOTHING = Measured(None, {}, {})
# What a reason is worth telling first: the photo as a whole, then single targets.
REASONS = ("not_meat", "species", "unlike_training", "no_better")


@dataclass(frozen=True)
class Shown:
    """A prediction, stored or not.

    `scale` is that of the scores; `abstained` maps targets to reasons; `accepted` is who accepted it, and when.
    """

    key: str
    species: str
    grade: Mapping[str, float]
    scores: Mapping[str, Interval]
    values: Mapping[str, Interval]
    abstained: Mapping[str, str]
    scale: tuple[float, float]
    model_name: str
    model_version: str
    model_sha256: str
    trained_on: str
    predicted_at: datetime | None = None
    accepted: tuple[str, datetime] | None = None
    measured: Measured = NOTHING

    @property
    def is_empty(self) -> bool:
        return not (self.grade or self.scores or self.values)


def warn_if_generated(trained_on: str) -> None:
    """On every screen that shows what such a model says."""
    if trained_on == GENERATED:
        st.warning(t("prediction.trained_on_generated"), icon=":material/science:")


def show_mark(shown: Shown) -> None:
    """A value of a model is marked as one until a person accepts it."""
    if shown.accepted is None:
        st.badge(t("prediction.ai"), color="violet", icon=":material/smart_toy:", help=t("prediction.ai_help"))
    else:
        name, at = shown.accepted
        told = t("prediction.accepted", name=name, when=when(at))
        st.badge(plain(told), color="green", icon=":material/verified:")


def show_grade(shown: Shown) -> None:
    """The middle grade, how probable all are, and what the carcass was given."""
    named = naming.named_grade(shown.grade)
    if named is None:
        return
    name = name_of("grades", named, shown.species)
    st.metric(t("prediction.grade"), f"{name} · {100 * shown.grade[named]:.0f} %", compare_grades(shown, named),
              delta_color="off", delta_arrow="off", help=t("prediction.grade_help"))  # fmt: skip
    st.plotly_chart(
        drawings.grades(shown.grade, shown.species, shown.measured.grade), key=f"grade_{shown.key}",
        config=charts.CONFIG, alt=t("prediction.grade_alt", grade=name, share=shown.grade[named]),
    )  # fmt: skip


def grade_text(said: PredictionView) -> str | None:
    """The grade that is named, and how probable it is; None where the model says none."""
    if not said.grade or said.named_grade is None:
        return None
    return f"{name_of('grades', said.named_grade)} ({100 * said.grade[said.named_grade]:.0f} %)"


def compare_grades(shown: Shown, predicted: str) -> str | None:
    """How far the prediction is from the grade that the carcass was given, in grades."""
    given = shown.measured.grade
    if given is None:
        return None
    order = [entry.key for entry in known_catalogue().grades if entry.species == shown.species]
    told = {"grade": name_of("grades", given, shown.species)}
    if given not in order or predicted not in order:
        return t("prediction.graded", **told)
    steps = order.index(given) - order.index(predicted)  # from the best grade down
    if steps == 0:
        return t("prediction.graded_same", **told)
    return t("prediction.graded_higher" if steps > 0 else "prediction.graded_lower", n=abs(steps), **told)


def show_scores(shown: Shown) -> None:
    """All scores at a glance, and in numbers beside what people gave."""
    if not shown.scores:
        return
    st.subheader(t("prediction.scores"), anchor=False)
    left, right = st.columns([4, 5], gap="medium", vertical_alignment="center")
    with left:
        st.plotly_chart(
            drawings.radar(shown.scores, shown.scale, shown.measured.scores), key=f"radar_{shown.key}",
            config=charts.CONFIG, alt=t("prediction.radar_alt"),
        )  # fmt: skip
    with right:
        numbers(scores_table(shown))
        low, high = (f"{end:g}" for end in shown.scale)
        st.caption(t("prediction.about_scores", low=low, high=high))
        if shown.measured.scores:
            st.caption(t("prediction.about_measured"))


def scores_table(shown: Shown) -> dict[str, list[str]]:
    found = shown.measured.scores
    rows = {t(f"score.{name}"): _cells(interval, found.get(name), 1) for name, interval in shown.scores.items()}
    return _table(t("prediction.attribute"), rows, is_measured=bool(found))


def show_values(shown: Shown) -> None:
    """Marbling number, shear force and fat, where the model has them."""
    if not shown.values:
        return
    st.subheader(t("prediction.values"), anchor=False)
    found = shown.measured.values
    rows = {
        value_name(name): _cells(interval, found.get(name), value_decimals(name))
        for name, interval in shown.values.items()
    }
    numbers(_table(t("prediction.value"), rows, is_measured=bool(found)))


def value_name(name: str) -> str:
    """With its unit."""
    if name == BMS:
        return t("sample.bms")
    measure = measures()[name]
    return f"{measure[language()]} ({measure['unit']})" if measure["unit"] else str(measure[language()])


def value_decimals(name: str) -> int:
    return 1 if name == BMS else int(measures()[name]["decimals"])


def target_name(target: str) -> str:
    """Of whatever a model may be asked for."""
    if target == BMS or target in measures():
        return value_name(target)
    return t(f"score.{target}")


def show_abstained(abstained: Mapping[str, str]) -> None:
    """What the model does not say, and why; what is about the whole photo stands first."""
    reasons = sorted(set(abstained.values()), key=lambda one: REASONS.index(one) if one in REASONS else len(REASONS))
    for reason in reasons:
        names = ", ".join(target_name(target) for target, why in abstained.items() if why == reason)
        said = f"**{t(f'prediction.reason_{reason}')}** {plain(t('prediction.abstained', names=names))}"
        if reason == "no_better":
            st.info(said, icon=":material/do_not_disturb_on:")
        else:
            st.warning(said, icon=":material/no_photography:")


def show_made_by(shown: Shown) -> None:
    made = {"name": shown.model_name, "version": shown.model_version, "hash": shown.model_sha256[:12]}
    told = t("prediction.made_by", **made)
    st.caption(plain(f"{told} · {when(shown.predicted_at)}" if shown.predicted_at else told))


def signed(difference: float, decimals: int) -> str:
    """With its sign; what rounds to nothing has none."""
    written = f"{difference:+.{decimals}f}"
    return f"{0:.{decimals}f}" if float(written) == 0 else written


def interval_text(interval: Interval, decimals: int) -> str:
    return "{:.{d}f} ({:.{d}f} - {:.{d}f})".format(*interval, d=decimals)


def _cells(interval: Interval, seen: float | None, decimals: int) -> tuple[str, str, str]:
    beside = ("-", "-") if seen is None else (f"{seen:.{decimals}f}", signed(interval[0] - seen, decimals))
    return interval_text(interval, decimals), *beside


def _table(first: str, rows: Mapping[str, tuple[str, str, str]], *, is_measured: bool) -> dict[str, list[str]]:
    """Without the columns of what was measured where nothing was."""
    names = ("with_interval", "measured", "difference") if is_measured else ("with_interval",)
    columns = {t(f"prediction.{name}"): [cells[place] for cells in rows.values()] for place, name in enumerate(names)}
    return {first: list(rows), **columns}
