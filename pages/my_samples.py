"""My samples: what I recorded, and what became of it."""

import math

import streamlit as st

from core import samples
from core.samples import SampleFilter
from dashboard import filters, navigation
from dashboard.language import t
from dashboard.session import current_actor
from dashboard.widgets import empty, sample_cards

PAGE_SIZE = 12

actor = current_actor()
status = filters.status()
number = int(st.session_state.get("my_samples_page", 1))
found = samples.page(actor, SampleFilter(mine=True, status=status), limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
st.caption(t("samples.found", n=found.total))
if not found.rows:
    empty("my_samples.empty")
    st.page_link(navigation.to("register"), label=t("home.register"), icon=":material/add_a_photo:")

sample_cards(found.rows)
if found.total and found.total > PAGE_SIZE:
    st.pagination(math.ceil(found.total / PAGE_SIZE), key="my_samples_page", bind="query-params")
