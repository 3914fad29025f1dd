"""The contract: openapi.json, and the same as a page that needs no script and no other host."""

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from api.problems import MEDIA_TYPE, STATUS, Problem
from core import words
from core.config import ROOT

FILE = ROOT / "docs" / "openapi.json"
PROBLEM = {"description": "A problem.", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc } h3 code { background: none }
code { background: #f3f0ee; padding: .1em .3em } .method { color: #9d2235 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .8rem }
tr { border-top: 1px solid #ddd } details { margin: .5rem 0 }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'"

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Errors of every route have one shape; the framework would describe its own."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            contract = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            contract["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
            app.openapi_schema = contract
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own documentation does it
    app.include_router(router)


def contract_text(app: FastAPI) -> str:
    """What docs/openapi.json holds."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_contract(app: FastAPI) -> None:
    FILE.write_text(contract_text(app), encoding="utf-8")


@router.get("/docs", response_class=HTMLResponse)
def page(request: Request) -> HTMLResponse:
    """The contract for reading."""
    html = "".join(_page(request.app.openapi()))
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


def _page(contract: dict[str, Any]) -> Iterator[str]:
    title = escape(contract["info"]["title"])
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"
    yield f"<h1>{title}</h1><p>{escape(contract['info']['description'])} "
    yield 'For programs: <a href="/openapi.json">openapi.json</a>.</p>'
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            yield from _operation(method, path, operation)
    yield "<h2>Problems</h2><table><tr><th>Code<th>Status<th>Meaning"
    for refusal, status in STATUS.items():
        meaning = escape(words.text("en", f"problem.{refusal.code}"))
        yield f"<tr id={refusal.code}><td><code>{refusal.code}</code><td>{status}<td>{meaning}"
    yield "</table><h2>Shapes</h2>"
    for name, schema in contract["components"]["schemas"].items():
        yield f"<h3 id=shape-{name}>{name}</h3><p>{escape(schema.get('description', ''))}</p>"
        yield from _properties(schema)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h2><code><span class=method>{method.upper()}</span> {escape(path)}</code></h2>"
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    if "security" not in operation:
        yield "<p>Needs no sign-in.</p>"
    if parameters := operation.get("parameters"):
        yield "<table><tr><th>Parameter<th>In<th>Type<th>Meaning"
        for parameter in parameters:
            need = " (required)" if parameter.get("required") else ""
            yield f"<tr><td><code>{escape(parameter['name'])}</code>{need}<td>{parameter['in']}"
            yield f"<td>{_type(parameter['schema'])}<td>{escape(parameter.get('description', ''))}"
        yield "</table>"
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: {_type(body['schema'])} as <code>{media_type}</code></p>"
    yield "<table><tr><th>Status<th>Answer"
    for status, answer in operation["responses"].items():
        shapes = ", ".join(_type(content.get("schema", {})) for content in answer.get("content", {}).values())
        yield f"<tr><td>{status}<td>{escape(answer['description'])} {shapes}"
    yield "</table>"


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    yield "<table><tr><th>Name<th>Type<th>Meaning"
    for name, kind in schema.get("properties", {}).items():
        need = " (required)" if name in schema.get("required", ()) else ""
        yield f"<tr><td><code>{name}</code>{need}<td>{_type(kind)}<td>{escape(kind.get('description', ''))}"
    yield "</table>"


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f'<a href="#shape-{name}">{name}</a>'
    if choices := schema.get("anyOf"):
        return " or ".join(_type(choice) for choice in choices)
    if values := schema.get("enum"):
        return " ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(" ".join(filter(None, [schema.get("type", ""), schema.get("format", "")])))
