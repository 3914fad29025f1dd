"""The router: runs on every full rerun, decides who is there and which pages they have."""

import streamlit as st

from core.config import DATA
from dashboard import filters, navigation, notices, session, sign_in
from dashboard.language import language, t
from dashboard.widgets import account_menu

st.set_page_config(page_title="Meatlab", page_icon=str(DATA / "icon.png"), layout="wide")

signed_in = session.current()
if signed_in is None:
    language()
    # The same addresses lead to the sign-in form, so that the page asked for is still there after it.
    hidden = [
        st.Page(sign_in.page, title=t("sign_in.title"), url_path=stem, visibility="hidden")
        for stem in navigation.addresses()
    ]
    start = st.Page(sign_in.page, title=t("sign_in.title"), default=True, visibility="hidden")
    st.navigation([start, *hidden], position="hidden").run()
else:
    language(signed_in.actor)
    page = st.navigation(navigation.pages(signed_in.actor), expanded=True)
    filters.turn_to(page.url_path)
    account_menu(signed_in)
    if page.visibility == "visible":  # a hidden page is about one thing and is titled by it
        st.title(page.title, anchor=False)
    with st.container():  # always there, so that what follows keeps its place
        notices.show()
    page.run()
