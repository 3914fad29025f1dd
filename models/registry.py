"""The model that ships with the product, entered among the model versions; reads files only, no torch."""

import hashlib
import json

from core import model_versions
from core.config import DATA

SHIPPED = DATA / "models"


def register_shipped() -> None:
    """Safe to repeat; refuses weights that are not the ones the report was written for."""
    report = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))
    weights = (SHIPPED / report["file"]).read_bytes()
    sha256 = hashlib.sha256(weights).hexdigest()
    if sha256 != report["sha256"]:
        raise ValueError(f"{report['file']} is not the file its report was written for")
    said = {name: report[name] for name in ("name", "version", "trained_on")} | {"report": report}
    model_versions.register_shipped(weights, said)
