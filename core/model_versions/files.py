"""Weights of models in S3: safetensors only, each under a key that names its content, and never overwritten.

If a process dies between S3 and the database, there is an object without a row: entering the same weights again finds
it there and goes on.
"""

import hashlib
import json
from typing import Any

from core import storage
from core.errors import BadInput, Conflict, Finding

PREFIX = "models/"
LARGEST = 64 * 1024**2
CARD = "meatlab"  # where in a file's metadata its card stands, as JSON
LONGEST_HEADER = 16 * 1024**2


def put(weights: bytes) -> tuple[str, str]:
    """Keeps weights; their SHA-256 and their key.

    Raises:
        BadInput: they are no safetensors file, or too large.
        Conflict: other bytes lie under their key, as nothing of ours writes them.
    """
    header(weights)
    sha256 = hashlib.sha256(weights).hexdigest()
    key = f"{PREFIX}{sha256}.safetensors"
    if not storage.put_once(key, weights, "application/octet-stream") and storage.get(key) != weights:
        raise Conflict
    return sha256, key


def card(weights: bytes) -> dict[str, Any]:
    """What the file says of itself; empty where it says nothing.

    Raises:
        BadInput: it is no safetensors file.
    """
    try:
        found = json.loads(header(weights).get("__metadata__", {}).get(CARD, "{}"))
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def header(weights: bytes) -> dict[str, Any]:
    """The file's header, as https://huggingface.co/docs/safetensors describes it: it can hold numbers and no programs.

    Raises:
        BadInput: it is no safetensors file, or too large.
    """
    if len(weights) > LARGEST:
        raise BadInput(Finding("weights", "file_too_large", {"maximum_mb": LARGEST // 1024**2}))
    length = int.from_bytes(weights[:8], "little")
    try:
        if not 2 <= length <= min(LONGEST_HEADER, len(weights) - 8):
            raise ValueError("no header")
        found = json.loads(weights[8 : 8 + length])
        ends = [tensor["data_offsets"][1] for name, tensor in found.items() if name != "__metadata__"]
        if not ends or max(ends) != len(weights) - 8 - length or not isinstance(found.get("__metadata__", {}), dict):
            raise ValueError("tensors and bytes do not match")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise BadInput(Finding("weights", "not_weights")) from error
    return dict(found)
