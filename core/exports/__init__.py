"""Exports: samples that fit a filter of the list, with all that hangs on them, as a file.

A worker writes it into the private bucket; it is given only to who asked for it, or to a manager, as long as they may
have it. After some days the file is gone, and what was taken out by whom stays in the history.
"""

from core.exports.asking import ExportFile, browse, cancel, count, file, get, start
from core.exports.views import XLSX, ZIP, ExportView, NewExport, may_have_names
from core.exports.working import clear, save, sweep, wake, work

__all__ = [
    "XLSX",
    "ZIP",
    "ExportFile",
    "ExportView",
    "NewExport",
    "browse",
    "cancel",
    "clear",
    "count",
    "file",
    "get",
    "may_have_names",
    "save",
    "start",
    "sweep",
    "wake",
    "work",
]
