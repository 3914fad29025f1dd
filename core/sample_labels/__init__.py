"""Labels of samples: their number as QR and Code 128 with readable text; three sizes, PDF and ZPL."""

from core.sample_labels.choosing import MOST, Choice, Chosen, choose, of_filter, preview
from core.sample_labels.log import Page, Printed, prints
from core.sample_labels.printing import MOST_COPIES, MOST_LABELS, LabelFile, NewPrint, print_labels
from core.sample_labels.sizes import DPI, SIZES

__all__ = [
    "DPI",
    "MOST",
    "MOST_COPIES",
    "MOST_LABELS",
    "SIZES",
    "Choice",
    "Chosen",
    "LabelFile",
    "NewPrint",
    "Page",
    "Printed",
    "choose",
    "of_filter",
    "preview",
    "print_labels",
    "prints",
]
