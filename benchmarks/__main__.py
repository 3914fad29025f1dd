"""`make bench`: runs every benchmark on embedded servers of its own and writes benchmarks/RESULTS.md."""

import os
import platform
import tempfile
from pathlib import Path

from benchmarks import lists, photos
from benchmarks.measuring import Result
from deploy.local import embedded

BENCHMARKS = (photos, lists)
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="meatlab-bench-") as folder, embedded(Path(folder) / "home") as variables:
        os.environ.update(variables)
        from core import clock, migrate  # noqa: PLC0415  (reads the environment)

        migrate.upgrade()
        results = [result for benchmark in BENCHMARKS for result in benchmark.run()]
        day = clock.today().isoformat()
    report = _report(results, day)
    RESULTS.write_text(report, encoding="utf-8")
    print(report)


def _report(results: list[Result], day: str) -> str:
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    rows = [
        f"| {r.name} | {_ms(r.seconds)} | {r.yardstick} | {_ms(r.yardstick_seconds)} | {r.ratio:.1f} |" for r in results
    ]
    return "\n".join(
        [
            "# Results",
            "",
            f"`make bench` on {day}: {machine}. Medians; the yardstick was measured in turns with the thing itself.",
            "",
            "| what | median | yardstick | median | ratio |",
            "|---|---:|---|---:|---:|",
            *rows,
            "",
        ]
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


if __name__ == "__main__":
    main()
