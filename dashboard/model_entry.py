"""Entering a model that was trained on the command line: its file and the report that was written with it."""

import hashlib
import json
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import model_versions
from core.errors import BadInput, Finding
from core.model_versions import ModelView
from dashboard import dialogs
from dashboard.language import t
from dashboard.session import current_actor

FORM = "model_entry"


def show_button() -> None:
    dialogs.opener(FORM, t("models.enter"), "upload_file", 0, _ask, title=t("models.enter_title"))


def _ask() -> None:
    st.caption(t("models.enter_what"))
    st.file_uploader(t("models.enter_weights") + " *", "safetensors", key=dialogs.key(FORM, "weights"))
    dialogs.mend(FORM, "weights")
    st.file_uploader(t("models.enter_report") + " *", "json", key=dialogs.key(FORM, "report"))
    for field in ("report", "name", "version", "trained_on"):
        dialogs.mend(FORM, field)
    dialogs.show_save(FORM, t("models.enter"), _save, icon="upload_file")


def _save() -> None:
    dialogs.save(FORM, lambda *_: enter(*map(_sent, ("weights", "report"))), t("models.entered"))


def _sent(name: str) -> bytes:
    file: UploadedFile | None = dialogs.value(FORM, name)
    if file is None:
        raise BadInput(Finding(name, "missing"))
    return file.getvalue()


def enter(weights: bytes, written: bytes) -> ModelView:
    """Raises BadInput: what is wrong, by field; the report is not the one of these weights."""
    report = _read(written)
    if report.get("sha256") != hashlib.sha256(weights).hexdigest():
        raise BadInput(Finding("report", "report_unfit"))
    named: dict[str, Any] = {name: str(report.get(name) or "") for name in ("name", "version", "trained_on")}
    return model_versions.register(current_actor(), weights, report=report, **named)


def _read(written: bytes) -> dict[str, Any]:
    try:
        report = json.loads(written)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        raise BadInput(Finding("report", "report_unfit"))
    return report
