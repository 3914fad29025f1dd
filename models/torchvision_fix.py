"""Imports torchvision beside a CPU-only torch; everybody takes torchvision from here.

torchvision 0.28.0 registers shape rules for two of its compiled operators while it is imported.  Beside a CPU-only
torch its compiled library may not load, the two operators are then unknown and the import fails.  Naming them first,
without a body, is enough: nothing in this product calls them.
"""

import importlib
from types import ModuleType

import torch

MISSING_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_libraries: list[torch.library.Library] = []  # an operator lives only as long as the library object that defined it


def _import() -> ModuleType:
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    library = torch.library.Library("torchvision", "FRAGMENT")
    _libraries.append(library)
    for schema in MISSING_OPERATORS:
        name = schema.split("(", 1)[0]
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    return importlib.import_module("torchvision")


torchvision = _import()
transforms = importlib.import_module("torchvision.transforms.v2")
