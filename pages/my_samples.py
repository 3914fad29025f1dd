"""My samples: what I recorded, and what became of it."""

from functools import partial

import streamlit as st

from core.samples import SampleFilter
from dashboard import bin_actions, filters, navigation
from dashboard.language import t
from dashboard.paging import page_of, turn_pages
from dashboard.session import current_actor
from dashboard.widgets import counted, empty, sample_cards

PAGE_SIZE = 12

actor = current_actor()
status = filters.status()
found = page_of(actor, SampleFilter(owner="me", status=status), limit=PAGE_SIZE)
narrowed = {"by": "filter", "owner": "me"} | ({"status": status} if status else {})
st.page_link(navigation.to("labels"), label=t("labels.open"), icon=":material/label:", query_params=narrowed)
st.caption(t("samples.found", n=counted(found.total, found.is_more)))
if not found.rows:
    empty("my_samples.empty")
    st.page_link(navigation.to("register"), label=t("home.register"), icon=":material/add_a_photo:")

sample_cards(found.rows, own=True, more=partial(bin_actions.show_remove, own=True))
turn_pages(found, "my_samples")
