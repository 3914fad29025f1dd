"""Asks the traceability registry: KAPE's service traceNoSearch, guide 2.10.

Answers come as XML or JSON, and refusals in two envelopes: the service's own, and that of the gateway before it.
The service key stands in the address that is asked, so no error that quotes an address leaves this module.
"""

import http.client
import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import structlog

from core.config import settings

ATTEMPT = 5.0  # seconds that one request may take
PAUSES = (0.3, 0.9)  # seconds before the second and the third attempt
LARGEST = 4 * 1024**2  # bytes; a bundle of a thousand animals has under one megabyte
NORMAL, NO_DATA = "00", "03"
# The gateway's refusals that no second attempt changes.
FINAL = {"20": "key", "22": "quota", "30": "key", "31": "key", "32": "key"}

log = structlog.get_logger()


class Away(Exception):
    """The registry gave no answer that can be used; `reason` is a word for the log."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to the registry and to nobody that it may point at."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def has_key() -> bool:
    return settings().trace_service_key is not None


def ask(number: str, option: int, until: float) -> str:
    """The registry's answer to one question, as it gave it; asks up to three times.

    Args:
        option: which part: 1 the animal, 2 reports, 3 slaughter, 4 packing, 8 a bundle, 9 its members.
        until: the instant of time.monotonic() at which the caller's patience ends.

    Raises:
        Away: no usable answer.
    """
    for pause in (*PAUSES, 0.0):
        try:
            text = _fetch(_address(number, option), min(until, time.monotonic() + ATTEMPT))
            items(text)
            return text
        except Away as away:
            log.warning("registry.away", reason=away.reason, option=option)
            if away.is_final or not pause or time.monotonic() + pause >= until:
                raise
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def items(text: str) -> list[dict[str, str]]:
    """What an answer lists, field by field, empty ones left out; nothing where the number is not known.

    Raises:
        Away: it is no answer but a refusal, or nothing that can be read.
    """
    tree = _tree(text)
    if refusal := _inside(tree, "OpenAPI_ServiceResponse", "cmmMsgHeader") or _inside(tree, "cmmMsgHeader"):
        code = str(refusal.get("returnReasonCode"))
        raise Away(FINAL.get(code, "gateway"), is_final=code in FINAL)
    code = str(_inside(tree, "response", "header").get("resultCode", ""))
    if code.zfill(2) == NO_DATA:
        return []
    if not code or code.zfill(2) != NORMAL:
        raise Away("service")
    found = _inside(tree, "response", "body", "items").get("item") or []
    listed = found if isinstance(found, list) else [found]  # one hit comes as an object
    return [_clean(item) for item in listed if isinstance(item, Mapping)]


def _address(number: str, option: int) -> str:
    key = settings().trace_service_key
    secret = key.get_secret_value() if key else ""
    # data.go.kr issues the key URL-encoded, and encoding it once more makes it another key.
    written = secret if "%" in secret else quote(secret, safe="")
    return f"{settings().trace_service_url}?serviceKey={written}&{urlencode({'traceNo': number, 'optionNo': option})}"


def _fetch(address: str, until: float) -> str:
    """The answer's text. A server that sends byte by byte is as slow as one that sends nothing."""
    parts: list[bytes] = []
    try:
        request = urllib.request.Request(address)  # noqa: S310  (the setting takes http and https only)
        with _opener.open(request, timeout=max(0.1, until - time.monotonic())) as answer:
            while part := answer.read1(65536):
                parts.append(part)
                if time.monotonic() > until:
                    raise Away("slow")
                if sum(map(len, parts)) > LARGEST:
                    raise Away("too_large")
            if answer.length:
                raise Away("cut_off")
        return b"".join(parts).decode()
    except HTTPError as error:
        raise Away(f"http_{error.code}") from None
    except TimeoutError:
        raise Away("slow") from None
    except URLError as error:
        raise Away("slow" if isinstance(error.reason, TimeoutError) else "network") from None
    except (OSError, http.client.HTTPException):
        raise Away("network") from None
    except ValueError:
        raise Away("garbage") from None


def _tree(text: str) -> Any:
    """An answer as nested mappings, whichever form it has."""
    try:
        if text.lstrip("\ufeff \r\n\t").startswith("{"):
            return json.loads(text.lstrip("\ufeff"))
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise Away("garbage")
        root = ElementTree.fromstring(text.lstrip("\ufeff \r\n\t"))  # noqa: S314  (no document type, so no entities)
        return {root.tag: _branch(root)}
    except (ValueError, ElementTree.ParseError, RecursionError):
        raise Away("garbage") from None


def _branch(element: ElementTree.Element) -> Any:
    if len(element) == 0:
        return element.text or ""
    branch: dict[str, Any] = {}
    for child in element:
        value = _branch(child)
        if child.tag in branch:
            before = branch[child.tag]
            branch[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            branch[child.tag] = value
    return branch


def _inside(tree: Any, *path: str) -> Mapping[str, Any]:
    for name in path:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, Mapping) else {}


def _clean(item: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(name): said
        for name, value in item.items()
        if isinstance(value, str | int | float) and (said := str(value).strip())
    }
