"""Workbooks: samples with all that belongs to them, out as a file."""

from dashboard import export_view
from dashboard.session import current_actor
from dashboard.width import is_narrow

actor = current_actor()
is_phone = is_narrow()
export_view.show_start(actor, is_phone=is_phone)
export_view.show_runs(actor, is_phone=is_phone)
