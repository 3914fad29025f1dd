"""Labels: of which samples, how large, how many; what was printed before."""

import pandas as pd
import streamlit as st

from core import ids, sample_labels
from core.policy import Actor
from core.sample_labels import Choice, Printed
from dashboard import label_choice, label_file
from dashboard.language import plain, t, when
from dashboard.session import current_actor
from dashboard.widgets import empty

SHOWN = "labels_log_shown"
STEP = 10


def show_chosen(choice: Choice) -> None:
    """What the labels will say, and which of them were printed before."""
    if choice.unknown:
        numbers = ", ".join(ids.pretty(each) for each in choice.unknown[:5])
        st.warning(t("labels.unknown", numbers=numbers, n=len(choice.unknown)), icon=":material/warning:")
    again = sum(1 for sample in choice.samples if sample.printed)
    title = t("labels.chosen_again", n=len(choice.samples), again=again) if again else t(
        "labels.chosen", n=len(choice.samples)
    )  # fmt: skip
    with st.expander(title, expanded=len(choice.samples) <= 5):
        rows = [
            (*sample.label.lines, sample.printed or None, when(sample.last_printed_at)) for sample in choice.samples
        ]
        names = [
            t("sample.id"), t("labels.column_cut"), t("labels.column_day"), t("sample.trace_number"),
            t("labels.column_printed"), t("labels.column_last"),
        ]  # fmt: skip
        small = {t("labels.column_printed"): st.column_config.NumberColumn(width=70)}
        st.dataframe(
            pd.DataFrame(rows, columns=names), hide_index=True, placeholder="-", alt=title, column_config=small
        )


def show_log(actor: Actor) -> None:
    st.subheader(t("labels.log"), anchor=False)
    page = sample_labels.prints(actor, limit=st.session_state.get(SHOWN, STEP))
    if not page.items:
        empty("labels.log_empty")
    for printed in page.items:
        show_printed(printed)
    if page.after is not None:
        st.button(t("labels.log_more"), key="labels_log_more", on_click=show_more)


def show_printed(printed: Printed) -> None:
    n = len(printed.sample_ids)
    numbers = ", ".join(ids.pretty(each) for each in printed.sample_ids[:3])
    told = [
        t("labels.log_samples", n=n), t("labels.log_copies", n=printed.copies),
        f"{printed.size.replace('x', ' × ')} mm", t(f"labels.format_{printed.format}"), f"{printed.dpi} dpi",
    ]  # fmt: skip
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"labels_print_{printed.id}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{numbers}{' ...' if n > 3 else ''}**")
            st.caption(plain(" · ".join([when(printed.printed_at), printed.printed_by, *told])))
        st.button(
            t("labels.again"), key=f"labels_again_{printed.id}", icon=":material/replay:", on_click=label_choice.choose,
            args=(printed.sample_ids,),
        )  # fmt: skip


def show_more() -> None:
    st.session_state[SHOWN] = st.session_state.get(SHOWN, STEP) + STEP


actor = current_actor()
numbers = label_choice.chosen(actor)
options = label_file.show_options()
choice = sample_labels.choose(actor, numbers, options["language"])
if choice.samples:
    label_file.show_preview(choice.samples[0], options)
    label_file.show_make(choice.samples, options)
    show_chosen(choice)
elif numbers:
    show_chosen(choice)
else:
    empty("labels.empty")
show_log(actor)
