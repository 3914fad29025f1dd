"""Workbooks: samples with all that belongs to them, out as a file, and in from the sheets that people keep."""

import streamlit as st

from dashboard import export_view, filters, import_view
from dashboard.language import t
from dashboard.session import current_actor
from dashboard.width import is_narrow

actor = current_actor()
is_phone = is_narrow()
if import_view.in_address() is not None:
    import_view.show(actor)
    st.stop()
part = filters.tab("part", t("workbooks.part"), {"export": t("import.to_export"), "import": t("import.to_import")})
if part == "import":
    import_view.show(actor)
else:
    export_view.show_start(actor, is_phone=is_phone)
    export_view.show_runs(actor, is_phone=is_phone)
