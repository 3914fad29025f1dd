"""`python -m benchmarks [WHAT ...] [--samples N ...]`: measures WHAT on embedded servers of its own.

Writes the sections of benchmarks/RESULTS.md that it has measured; `make bench` measures everything but the million.
"""

import argparse
import os
import platform
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Result
from deploy.local import embedded

RESULTS = Path(__file__).with_name("RESULTS.md")
SIZES = [10_000, 100_000]
WHAT = ["photos", "lists", "predicting", "statistics", "exports", "imports", "similar"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*WHAT, []], default=WHAT)
    parser.add_argument("--samples", type=int, nargs="+", default=SIZES, help="sizes for all but photos, growing")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meatlab-bench-") as folder, embedded(Path(folder) / "home") as variables:
        os.environ.update(variables)
        from core import migrate  # noqa: PLC0415  (reads the environment)

        migrate.upgrade()
        if "photos" in wanted.what:
            _write("Photos", _photos())
        if "predicting" in wanted.what:
            _write("Predicting", _predicting())
        for what, tables in (("lists", _lists), ("statistics", _statistics)):
            if what in wanted.what:
                _write(what.capitalize(), tables(sorted(wanted.samples)))
        if "exports" in wanted.what:
            _write("Exports", _exports(max(wanted.samples)))
        if "imports" in wanted.what:
            _write("Imports", _imports())
        if "similar" in wanted.what:  # last, because it puts samples into the bin
            _write("Similar", _similar())


def _photos() -> list[str]:
    from benchmarks import photos  # noqa: PLC0415

    return [
        f"`python -m benchmarks photos`{_where()}. Medians in ms; the yardstick was measured in turns with the thing.",
        "",
        *_compared(photos.run()),
    ]


def _predicting() -> list[str]:
    from benchmarks import predicting  # noqa: PLC0415

    return [
        f"`python -m benchmarks predicting`{_where()}. Medians in ms; the yardstick is the shipped network's forward",
        "pass over as many views, on numbers that lie ready, measured in turns. A process that loads the model,",
        f"predicts one and many photos of 12 megapixels and explains needs {predicting.memory_mb():.0f} MB at most.",
        "",
        *_compared(predicting.run()),
    ]


def _imports() -> list[str]:
    from benchmarks import imports  # noqa: PLC0415

    compared, seconds, megabytes = imports.run()
    return [
        f"`python -m benchmarks imports`{_where()}. A workbook of {imports.ROWS:,} rows and 40 columns,",
        f"looked through: read, checked, held against the database. Medians of {imports.TIMES} in ms; the yardsticks",
        "are openpyxl merely reading the same file, in turns. Writing what was confirmed, which looks through it once",
        f"more and stores {imports.ROWS:,} samples, 30,000 rows of scores and values and their history in one",
        f"transaction: {seconds:.1f} s. The process of a whole import holds {megabytes:.0f} MB at most.",
        "",
        *_compared(compared),
    ]


def _compared(results: Sequence[Result]) -> list[str]:
    rows = [
        f"| {r.name} | {_ms(r.seconds)} | {r.yardstick} | {_ms(r.yardstick_seconds)} | {r.ratio:.2f} |" for r in results
    ]
    return ["| what | median | yardstick | median | ratio |", "|---|---:|---|---:|---:|", *rows]


def _similar() -> list[str]:
    from benchmarks import similar  # noqa: PLC0415

    filled = _grow(similar.EMBEDDINGS)
    rows = [f"| {r.timed.name} | {_ms(r.timed.p50)} | {_ms(r.timed.p95)} | {r.recall:.3f} |" for r in similar.run()]
    return [
        f"`python -m benchmarks similar`{_where()}. Milliseconds in `core` for the {similar.NEIGHBOURS} photos",
        f"most like a stored one among {similar.EMBEDDINGS:,} of each model version, with what was found of their",
        f"meat; 200 calls each. Embeddings of {similar.DIMENSIONS} numbers, drawn in {similar.CLUSTERS} clusters.",
        f"Recall: the share of the nearest by looking at all that was found, over {similar.CHECKED} searches. Filled:",
        f"{filled}.",
        "",
        "| what | p50 | p95 | recall |",
        "|---|---:|---:|---:|",
        *rows,
    ]  # fmt: skip


def _exports(size: int) -> list[str]:
    from benchmarks import exports  # noqa: PLC0415

    filled = _grow(size)
    found = exports.run()
    seconds, megabytes = found.copied
    counts = ", ".join(f"{n:,} {sheet}" for sheet, n in found.rows.items())
    return [
        f"`python -m benchmarks exports --samples {size}`{_where()}. Everything there is, in Korean:",
        f"{counts}. Filled: {filled}. Each in a process of its own that writes into the bucket, with its start but",
        "without loading the program; memory is the most that the process had. Bare `COPY ... TO STDOUT` of the same",
        f"rows of all tables, thrown away, took {seconds:.1f} s for {megabytes:,.0f} MB (median of three, one before",
        "each format).",
        "",
        "| format | s | beside bare COPY | memory, MB | file, MB |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {each.format} | {each.seconds:.1f} | {each.seconds / seconds:.1f} | {each.memory_mb:.0f} "
            f"| {each.file_mb:,.1f} |"
            for each in found.formats
        ),
    ]  # fmt: skip


def _lists(sizes: list[int]) -> list[str]:
    """Each size in turn in one growing database."""
    from benchmarks import lists  # noqa: PLC0415

    found, fills = {}, []
    for size in sizes:
        fills.append(_grow(size))
        found[size] = {timed.name: timed for timed in lists.run()}
        for timed in found[size].values():
            print(f"{size:>9,}  {timed.name:40} p50 {_ms(timed.p50):>7}  p95 {_ms(timed.p95):>7}  {timed.queries}")
    command = f"python -m benchmarks lists --samples {' '.join(map(str, sizes))}"
    names = list(found[sizes[0]])
    return [
        f"`{command}`{_where()}. Milliseconds in `core`, 200 calls each with other parameters; `q` is the most queries",
        f"of one call. One database that grew; filled by `manage.py demo --samples N --more`: {', then '.join(fills)}.",
        "",
        "Several filters at once in any order are the worst that can be asked for: a range of one day in the order of",
        "another (slaughtered in May, by last change) walks past everything that lies between. The list sorts by the",
        "day that it is narrowed by unless somebody wishes otherwise.",
        "",
        "| what | " + " | ".join(f"{size:,} p50 | p95 | q" for size in sizes) + " |",
        "|---|" + "---:|---:|---:|" * len(sizes),
        *(
            f"| {name} | " + " | ".join(_cells(found[size][name]) for size in sizes) + " |" for name in names
        ),
    ]  # fmt: skip


def _grow(size: int) -> str:
    """Fills the database up to that many samples; says how long it took."""
    from sqlalchemy import text  # noqa: PLC0415

    from core.db import engine  # noqa: PLC0415
    from models import bulk_demo  # noqa: PLC0415

    with engine().connect() as connection:
        there = connection.execute(text("select count(*) from samples")).scalar_one()
    begin = time.monotonic()
    if size > there:
        bulk_demo.load(size - there, more=True, progress=_show)
    return f"{max(size - there, 0):,} samples in {time.monotonic() - begin:.0f} s"


def _statistics(sizes: list[int]) -> list[str]:
    """Each size in turn in one growing database; the last two columns compare the largest with the smallest."""
    from benchmarks import statistics  # noqa: PLC0415

    found, fills = {}, []
    for size in sizes:
        fills.append(_grow(size))
        found[size] = statistics.run()
    parts, pages = ({size: run[n] for size, run in found.items()} for n in (0, 1))
    first, last = sizes[0], sizes[-1]
    scans = ", ".join(f"{_ms(run[2])} ms at {size:,}" for size, run in found.items())
    opened = ", ".join(f"{run[3]:.1f} s at {size:,}" for size, run in found.items())
    columns = "".join(f" {size:,} first | again | any |" for size in sizes)
    command = f"python -m benchmarks statistics --samples {' '.join(map(str, sizes))}"
    return [
        f"`{command}`{_where()}. Milliseconds in `core`, p95:",
        f"the default filter computed anew (first, {statistics.TIMES} times) and asked again while nothing has changed",
        f"(again), filters of one or two conditions by chance, each computed (any, {statistics.CHANCES} times). One",
        f"database that grew: {', then '.join(fills)}.",
        "",
        f"One sequential scan of samples, evaluations and measurements in the same run (median): {scans}. Reading the",
        f"facts for the first time: {opened}.",
        "",
        "| part |" + columns + f" first, {last:,} / {first:,} |",
        "|---|" + "---:|" * (3 * len(sizes) + 1),
        *(
            f"| {name} |"
            + "".join(f" {_ms(p[name].first)} | {_ms(p[name].again)} | {_ms(p[name].chosen)} |" for p in parts.values())
            + f" {parts[last][name].first / parts[first][name].first:.1f} |"
            for name in parts[first]
        ),
        "",
        "Pages with their first part and the default filter: script time p95 in ms, kB to the browser.",
        "",
        "| page |" + "".join(f" {size:,} ms | kB |" for size in sizes),
        "|---|" + "---:|" * (2 * len(sizes)),
        *(
            f"| {name} |" + "".join(f" {_ms(p[name].seconds)} | {p[name].size / 1000:.0f} |" for p in pages.values())
            for name in pages[first]
        ),
    ]


def _cells(timed: object) -> str:
    from benchmarks.measuring import Timed  # noqa: PLC0415

    if not isinstance(timed, Timed):
        raise TypeError
    return f"{_ms(timed.p50)} | {_ms(timed.p95)} | {timed.queries}"


def _show(done: int, total: int) -> None:
    if done == total or done % 50_000 == 0:
        print(f"  {done:,} of {total:,} samples", flush=True)


def _write(title: str, lines: list[str]) -> None:
    """Puts the section in the place of the last one of its title."""
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", old, re.M | re.S))
    parts[title] = "\n" + "\n".join(lines) + "\n"
    text = "# Results\n\n" + "\n".join(f"## {name}\n{body.rstrip()}\n" for name, body in sorted(parts.items()))
    RESULTS.write_text(text, encoding="utf-8")
    print("\n".join(lines))


def _where() -> str:
    from core import clock  # noqa: PLC0415

    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f" on {clock.today().isoformat()}: {machine}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


if __name__ == "__main__":
    main()
