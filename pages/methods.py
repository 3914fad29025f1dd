"""How each number is computed: a chapter for each page of statistics, a section for each of its charts."""

import streamlit as st

from dashboard import filters
from dashboard.language import language, t
from dashboard.method_text import chapters

texts = {chapter.key: chapter for chapter in chapters(language())}
shown = texts[filters.tab("view", t("methods.chapter"), {key: chapter.title for key, chapter in texts.items()})]
st.header(shown.title, anchor=shown.key)
if len(shown.sections) > 1:
    st.markdown(" · ".join(f"[{section.title}](#{section.anchor})" for section in shown.sections))
if shown.text:
    st.markdown(shown.text)
for section in shown.sections:
    st.subheader(section.title, anchor=section.anchor)
    st.markdown(section.text)
