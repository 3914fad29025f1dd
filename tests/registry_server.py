"""A traceability registry on this machine: answers as KAPE's service does, and misbehaves on request.

How a number is answered stands in `answers`; what goes wrong with it, in `troubles`. Numbers that nobody has set up
are unknown to it. Run as a program, it serves the animals of `SHOWN` until it is ended.
"""

import json
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "a/test+key=="  # as data.go.kr shows it "decoded"
ENCODED_KEY = "a%2Ftest%2Bkey%3D%3D"
PATH = "/openapi-data/service/user/animalTrace/traceNoSearch"
Items = list[dict[str, Any]]

REFUSAL = (
    "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>{}</returnAuthMsg>"
    "<returnReasonCode>{}</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>"
)
SERVICE_ERROR = (
    "<response><header><resultCode>99</resultCode><resultMsg>SERVICE ERROR(UNKNOWN).</resultMsg></header></response>"
)
TROUBLES = (
    "slow", "dripping", "500", "quota", "quota_json", "no_key", "gateway", "service", "garbage", "html", "half",
    "dropped", "entity", "redirect", "huge", "nothing",
)  # fmt: skip


class Registry:
    """Its address, what it knows, what is to go wrong, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, int], Items] = {}
        self.troubles: dict[str, deque[str]] = {}
        self.as_json: set[str] = set()
        self.asked: list[tuple[str, int]] = []
        self.keys: set[str] = set()
        self.address = ""

    def know(self, number: str, parts: dict[int, Items], *, as_json: bool = False) -> str:
        for option, items in parts.items():
            self.answers[number, option] = items
        if as_json:
            self.as_json.add(number)
        return number

    def trouble(self, number: str, *kinds: str) -> None:
        """What goes wrong with the next requests for a number, one after the other; the last one stays."""
        self.troubles[number] = deque(kinds)

    def calls(self, number: str) -> Counter[int]:
        """How often each part of a number was asked for."""
        return Counter(option for asked, option in self.asked if asked == number)


def report(kind: str, day: str, address: str, farmer: str) -> dict[str, str]:
    return {"infoType": "2", "regType": kind, "regYmd": day, "farmAddr": address, "farmerNm": farmer}


def cattle(number: str, **changes: str) -> dict[int, Items]:
    """A steer that changed its farm once before it was slaughtered."""
    told = {
        "birthYmd": "20130712", "lsTypeNm": "한우", "sexNm": "거세", "butcheryYmd": "20150313", "gradeNm": "1+",
    } | changes  # fmt: skip
    bred, fattened = ("경기도 광주시 오포읍 1", "김철수"), ("강원특별자치도 횡성군 둔내면 12-3", "홍길동")
    animal = {"traceNoType": "CATTLE|CATTLE_NO", "infoType": "1", "cattleNo": f"410{number}", "farmUniqueNo": "000000"}
    slaughter = {"infoType": "3", "butcheryPlaceNm": "○○축산물공판장", "inspectPassYn": "합격"}
    return {
        1: [animal | {name: told[name] for name in ("birthYmd", "lsTypeNm", "sexNm")}],
        2: [
            report("도축출하", "20150312", *fattened),
            report("전산등록", "20130720", *bred),
            report("양도", "20140105", *bred),
            report("양수", "20140105", *fattened),
        ],
        3: [slaughter | {name: told[name] for name in ("butcheryYmd", "gradeNm")}],
    }


def pig(number: str) -> dict[int, Items]:
    farm = {"farmAddr": "전라북도 김제시 용지면 7", "farmerNm": "이영희", "farmUniqueNo": number[1:7]}
    plant = {"processPlaceNm": "○○식품", "processPlaceAddr": "경기도 이천시", "gradeNm": "1+"}
    return {
        1: [{"traceNoType": "PIG|PIG_NO", "pigNo": number} | farm],
        3: [{"butcheryYmd": "20260302", "butcheryPlaceNm": "○○도축장", "inspectPassYn": "Y"}],
        4: [{"processYmd": "20260303"} | plant, {"processYmd": "20260304", "processPlaceNm": "△△유통"}],
    }


def bundle(number: str, *members: str) -> dict[int, Items]:
    grades = ("1", "1+")
    return {
        8: [{"traceNoType": "CATTLE|LOT_NO", "lotNo": number, "corpNo": "0000000000"}],
        9: [
            {
                "infoType": "9", "cattleNo": f"410{member}", "lsTypeNm": "한우", "sexNm": "암",
                "gradeNm": grades[n % 2], "butcheryYmd": f"2026030{n % 9 + 1}", "butcheryPlaceNm": "○○공판장",
                "farmAddr": f"경상북도 경주시 {n}", "farmerNm": "박민수",
            }
            for n, member in enumerate(members)
        ],
    }  # fmt: skip


# What the registry of the browser tests (and of whoever looks at the page) knows.
SHOWN = {
    "002135792468": cattle("002135792468"),
    "160109900054": pig("160109900054"),
    "L02603051277007": bundle("L02603051277007", "002135792468", "002246813579", "002357924680"),
}
AWAY = "002000000404"  # always in trouble, there


@contextmanager
def serve() -> Iterator[Registry]:
    """The registry, while the block runs."""
    registry = Registry()

    class Bound(_Handler):
        known = registry

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    registry.address = f"http://127.0.0.1:{server.server_address[1]}{PATH}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_shown() -> Iterator[Registry]:
    with serve() as registry:
        for number, parts in SHOWN.items():
            registry.know(number, parts)
        registry.trouble(AWAY, "500")
        yield registry


class _Handler(BaseHTTPRequestHandler):
    known: ClassVar[Registry]

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        number, option = query["traceNo"][0], int(query["optionNo"][0])
        # The raw key: what a client encodes twice is another key.
        raw = next(pair.partition("=")[2] for pair in parts.query.split("&") if pair.startswith("serviceKey="))
        self.known.asked.append((number, option))
        self.known.keys.add(raw)
        troubles = self.known.troubles.get(number)
        trouble = (troubles.popleft() if len(troubles) > 1 else troubles[0]) if troubles else ""
        if trouble and trouble != "none":
            self._misbehave(trouble)
        elif parts.path != PATH or unquote(raw) != KEY:
            self._send(REFUSAL.format("SERVICE_KEY_IS_NOT_REGISTERED_ERROR", "30"))
        else:
            self._answer(number, option)

    def _answer(self, number: str, option: int) -> None:
        items = self.known.answers.get((number, option), [])
        header = {"resultCode": "00", "resultMsg": "NORMAL SERVICE."}
        if number in self.known.as_json:
            numbers = [
                {name: int(v) if v.isdigit() and v[0] != "0" else v for name, v in item.items()} for item in items
            ]
            held: Any = {"item": numbers if len(numbers) > 1 else numbers[0]} if numbers else ""
            self._send(json.dumps({"response": {"header": header, "body": {"items": held}}}), "application/json")
            return
        listed = "".join(
            "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in item.items()) + "</item>"
            for item in items
        )
        head = "".join(f"<{name}>{value}</{name}>" for name, value in header.items())
        self._send(f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><response><header>{head}</header>'
                   f"<body><items>{listed}</items></body></response>")  # fmt: skip

    def _send(self, text: str, kind: str = "application/xml", status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind};charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _misbehave(self, trouble: str) -> None:
        texts = {
            "quota": REFUSAL.format("LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", "22"),
            "quota_json": json.dumps({"OpenAPI_ServiceResponse": {"cmmMsgHeader": {"returnReasonCode": 22}}}),
            "no_key": REFUSAL.format("SERVICE_KEY_IS_NOT_REGISTERED_ERROR", "30"),
            "gateway": REFUSAL.format("HTTP_ERROR", "04"),
            "service": SERVICE_ERROR,
            "garbage": "\ufffd%PDF-1.7 <response>",
            "html": "<html><body><h1>It works</h1></body></html>",
            "entity": '<!DOCTYPE a [<!ENTITY b "bbbb">]><response><header>&b;</header></response>',
            "nothing": "",
        }  # fmt: skip
        if trouble in texts:
            self._send(texts[trouble])
        elif trouble == "500":
            self._send("Internal Server Error", "text/plain", 500)
        elif trouble == "redirect":
            self.send_response(302)
            self.send_header("Location", self.path.replace(PATH, "/elsewhere"))
            self.end_headers()
        elif trouble == "slow":
            time.sleep(3)
        elif trouble in ("half", "huge", "dripping"):
            self._send_badly(trouble)
        else:
            self.connection.close()

    def _send_badly(self, trouble: str) -> None:
        self.send_response(200)
        if trouble == "half":
            self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            self.wfile.write(b"<response><header>")
            for _ in range({"half": 0, "huge": 100, "dripping": 30}[trouble]):
                self.wfile.write(b" " * (100_000 if trouble == "huge" else 1))
                self.wfile.flush()
                time.sleep(0.1 if trouble == "dripping" else 0)
        except OSError:
            return  # the client has had enough


if __name__ == "__main__":
    with serve_shown() as shown:
        print(f"TRACE_SERVICE_URL={shown.address} TRACE_SERVICE_KEY={ENCODED_KEY}", flush=True)  # noqa: T201
        while True:
            time.sleep(60)
