"""`python -m benchmarks [photos] [lists --samples N ...]`: measures on embedded servers of its own.

Writes the sections of benchmarks/RESULTS.md that it has measured; `make bench` measures everything but the million.
"""

import argparse
import os
import platform
import re
import tempfile
import time
from pathlib import Path

from deploy.local import embedded

RESULTS = Path(__file__).with_name("RESULTS.md")
SIZES = [10_000, 100_000]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["photos", "lists", []], default=["photos", "lists"])
    parser.add_argument("--samples", type=int, nargs="+", default=SIZES, help="sizes for lists, growing")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meatlab-bench-") as folder, embedded(Path(folder) / "home") as variables:
        os.environ.update(variables)
        from core import migrate  # noqa: PLC0415  (reads the environment)

        migrate.upgrade()
        if "photos" in wanted.what:
            _write("Photos", _photos())
        if "lists" in wanted.what:
            _write("Lists", _lists(sorted(wanted.samples)))


def _photos() -> list[str]:
    from benchmarks import photos  # noqa: PLC0415

    rows = [
        f"| {r.name} | {_ms(r.seconds)} | {r.yardstick} | {_ms(r.yardstick_seconds)} | {r.ratio:.1f} |"
        for r in photos.run()
    ]
    return [
        f"`python -m benchmarks photos`{_where()}. Medians in ms; the yardstick was measured in turns with the thing.",
        "",
        "| what | median | yardstick | median | ratio |",
        "|---|---:|---|---:|---:|",
        *rows,
    ]


def _lists(sizes: list[int]) -> list[str]:
    """Each size in turn in one growing database."""
    from benchmarks import lists  # noqa: PLC0415
    from models import bulk_demo  # noqa: PLC0415

    found, fills, there = {}, [], 0
    for size in sizes:
        begin = time.monotonic()
        bulk_demo.load(size - there, more=True, progress=_show)
        fills.append(f"{size - there:,} samples in {time.monotonic() - begin:.0f} s")
        there = size
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
