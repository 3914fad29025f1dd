"""The recycle bin: what is removed waits there whole, until it is restored or gone for good."""

from core.recycle_bin.items import SAMPLE, BinItem, Page, items, photo
from core.recycle_bin.purging import expire, purge
from core.recycle_bin.removing import Removed, Restored, remove, restore, restore_many, restore_round

__all__ = [
    "SAMPLE",
    "BinItem",
    "Page",
    "Removed",
    "Restored",
    "expire",
    "items",
    "photo",
    "purge",
    "remove",
    "restore",
    "restore_many",
    "restore_round",
]
