"""Meatlab's command line."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

MOST_WITH_PHOTOS = 1000
MOST_PRINTED = 200

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
user = typer.Typer(no_args_is_help=True, help="Accounts.")
app.add_typer(user, name="user")
audit = typer.Typer(no_args_is_help=True, help="The history.")
app.add_typer(audit, name="audit")


@app.callback()
def main() -> None:
    """Meatlab: photographs of meat, their data, and what they say."""


@app.command()
def run() -> None:
    """Start everything on this machine: database, object store, API, worker and dashboard."""
    from deploy import run as everything

    everything.run()


@app.command()
def migrate() -> None:
    """Bring the database to the tables of this version."""
    with servers():
        from core import migrate as tables
        from models import registry

        tables.upgrade()
        registry.register_shipped()


@app.command()
def demo(samples: int = 300, more: bool = False) -> None:
    """Fill an empty database with generated samples and three accounts (MEATLAB_DEMO_PASSWORD).

    Above 1,000 samples have no photos and belong to accounts that nobody can sign in to; --more adds them to others.
    """
    with servers():
        if samples > MOST_WITH_PHOTOS or more:
            _fill(samples, more)
            return
        from models import demo as demonstration

        password = os.environ.get("MEATLAB_DEMO_PASSWORD", "")
        if not demonstration.load(password, samples, _show_progress):
            typer.echo("There is data already; nothing was loaded.", err=True)


def _fill(samples: int, more: bool) -> None:
    from core import migrate as tables
    from models import bulk_demo

    tables.upgrade()
    begin = time.monotonic()
    try:
        bulk_demo.load(samples, more=more, progress=partial(_show_time_left, begin))
    except bulk_demo.NotEmpty:
        sys.exit("There are samples already; say --more to add generated ones to them.")
    print(f"{samples:,} samples in {time.monotonic() - begin:.0f} s")


@app.command("import")
def import_workbook(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    email: Annotated[str, typer.Option("--as", help="Whose import it is; it is noted in the history.")],
    scale: Annotated[str | None, typer.Option(help="Of the scores, where the sheet does not say.")] = None,
    day: Annotated[str | None, typer.Option(help="Tasted and measured on, where the sheet does not say.")] = None,
    photos: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A zip of the photos that the sheet names.")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="The name of a saved mapping of columns.")] = None,
    marked: Annotated[Path | None, typer.Option(help="Where to put a copy with the findings in their cells.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write the good rows.")] = False,
    with_warnings: Annotated[bool, typer.Option("--with-warnings", help="Unusual rows are right, too.")] = False,
) -> None:
    """Look through a workbook (xlsx, xls, CSV) and, with --yes, write what is good in it."""
    with servers(), refusals():
        from core import accounts, imports

        actor = accounts.actor_of(email)
        named = {each.name: each.columns for each in imports.mappings.browse(actor)}
        if mapping is not None and mapping not in named:
            sys.exit(f"There is no mapping of this name: {mapping}")
        options = {"scale": scale, "day": day, "mapping": named.get(mapping or "", {})}
        zipped = photos.read_bytes() if photos else None
        run = imports.start(actor, file.name, file.read_bytes(), options, photos=zipped, photos_name=str(photos))
        imports.work(run.id)
        _tell_import(actor, run.id, marked)
        if yes:
            imports.confirm(actor, run.id, with_warnings=with_warnings)
            imports.work(run.id)
            _tell_import(actor, run.id, None)


@app.command()
def undo_import(
    run_id: UUID, email: Annotated[str, typer.Option("--as", help="Who undoes it; it is noted in the history.")]
) -> None:
    """Take back all that an import wrote, within a day, while nobody has edited any of it."""
    with servers(), refusals():
        from core import accounts, imports

        imports.undo(accounts.actor_of(email), run_id)
        print("undone")


def _tell_import(actor: Any, run_id: Any, marked: Path | None) -> None:
    """How it stands and what was found; exit code 1 where it has failed."""
    from core import imports
    from core.words import text

    run = imports.get(actor, run_id)
    print(f"{run.phase}  {run.id}")
    if run.phase == "failed":
        said = [text("en", f"finding.{each['code']}", **each["values"]) for each in run.summary.get("refused", [])]
        sys.exit("\n".join(said) or text("en", f"error.{run.error}"))
    if run.phase == "written":
        print("  " + ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in run.summary["written"].items()))
        return
    for each in imports.findings(actor, run_id, limit=MOST_PRINTED)[0]:
        print(f"  {each.level:8} {each.sheet} {each.cell}: {imports.message(each, 'en')} [{each.found}]")
    print("  " + ", ".join(f"{run.summary[name]} {name}" for name in ("rows", "good", "warned", "bad", "same")))
    if marked is not None:
        marked.write_bytes(imports.marked(actor, run_id, "en"))


@app.command()
def worker() -> None:
    """Run background jobs until stopped."""
    from models import worker as jobs

    with servers():
        jobs.run()


@app.command()
def export(
    out: Path,
    email: Annotated[str, typer.Option("--as", help="Whose export it is; it is noted in the history.")],
    kind: Annotated[str, typer.Option("--format", help="xlsx, csv, parquet or photos.")] = "xlsx",
    where: Annotated[list[str], typer.Option(help="A filter of the list, as in species=cattle; any number.")] = [],  # noqa: B006
    every_status: bool = False,
    farmer_name: bool = False,
    language: str | None = None,
) -> None:
    """Write all samples that fit into the file OUT, with everything that belongs to them."""
    if not out.parent.is_dir():
        sys.exit(f"There is no folder {out.parent}. Make it, or name another file.")
    with servers(), refusals():
        from core import accounts, exports

        said = {"format": kind, "every_status": every_status, "farmer_name": farmer_name, "language": language}
        wanted = said | {"filter": dict(each.partition("=")[::2] for each in where)}
        parts = exports.save(accounts.actor_of(email), wanted, out, _show_rows)
    print(f"{out}: " + ", ".join(f"{n:,} {part}" for part, n in parts.items()))


@app.command()
def openapi() -> None:
    """Write docs/openapi.json, the contract of the REST API."""
    from api.app import app as api
    from api.docs import write_contract

    write_contract(api)


@app.command()
def train(
    data: Annotated[str, typer.Option()],
    labels: Path | None = None,
    out: Path = Path("trained"),
    scale: str | None = None,
    species: str = "cattle",
    name: str | None = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    side: Annotated[int | None, typer.Option(min=32, help="A multiple of 32.")] = None,
    batch: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    resume: bool = False,
) -> None:
    """Train a model from --data: a folder of photos with a table of labels, or DATABASE for the approved samples.

    Writes the weights and report.json to --out. On several GPUs: torchrun --nproc-per-node N manage.py train ...
    """
    from models.training import command

    with refusals(), command.unclear():
        chosen = command.options(name=name, epochs=epochs, side=side, batch=batch, seed=seed)
        if data == command.DATABASE:
            with servers():
                command.run_train(command.database(scale), out, chosen, resume=resume)
        else:
            command.run_train(command.folder(data, labels, scale, species), out, chosen, resume=resume)


@app.command()
def evaluate(
    model: Path,
    data: Annotated[str, typer.Option()],
    labels: Path | None = None,
    scale: str | None = None,
    species: str = "cattle",
) -> None:
    """Figures of a MODEL file on a folder of photos (--data) with a table of labels."""
    from models.training import command

    with command.unclear():
        command.run_evaluate(model, command.folder(data, labels, scale, species))


@app.command()
def train_shipped(photos: int = 2200, epochs: int = 16, seed: int = 1) -> None:
    """Train the shipped model anew on generated photos and write data/models."""
    from core.config import DATA
    from models import shipping
    from models.training import command

    chosen = command.options(name=shipping.NAME, version=shipping.VERSION, epochs=epochs, seed=seed)
    command.print_figures(shipping.train_shipped(DATA / "models", photos, chosen, command.show))


@app.command()
def train_segmenter(seed: int = 1) -> None:
    """Train what finds eye muscle and flecks anew on generated photos and write data/models."""
    from core.config import DATA
    from models import segmenter_training
    from models.training import command

    def say(done: int, total: int, word: str) -> None:
        command.show(done, total, None, word)

    for name, figure in segmenter_training.train_segmenter(DATA / "models", seed, say=say)["figures"].items():
        print(f"  {name:14} {figure}")


@user.command("add")
def add_user(email: str, name: str, role: str = "normal") -> None:
    """Make an account; the password is asked for."""
    with servers():
        from core import accounts
        from core.inputs import read

        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        with refusals():
            new = {"email": email, "name": name, "role": role, "password": password}
            accounts.create(None, read(accounts.NewUser, new))


@user.command("password")
def set_password(email: str) -> None:
    """Set a new password, which is asked for; ends all sign-ins of this person."""
    with servers():
        from core import accounts

        password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
        with refusals():
            accounts.set_password(email, password)


@audit.command()
def verify() -> None:
    """Look whether anybody has changed the history: one line for each problem, and exit code 1 if there is one."""
    with servers():
        from core import history

        found = history.verify(lambda problem: print(problem.describe(), flush=True))
    print(f"{found.events} events of {found.subjects} subjects: {found.problems or 'no'} problems")
    if found.problems:
        sys.exit(1)


@contextmanager
def servers() -> Iterator[None]:
    """The servers that the environment names, else the embedded ones."""
    from deploy import local

    with local.environment(Path(os.environ.get("MEATLAB_HOME", ".meatlab"))) as variables:
        os.environ.update(variables)
        yield


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal of core becomes one sentence and exit code 1."""
    from core.errors import BadInput, MeatlabError
    from core.words import text

    try:
        yield
    except BadInput as refusal:
        sys.exit("\n".join(f"{f.field}: {text('en', f'finding.{f.code}', **f.values)}" for f in refusal.findings))
    except MeatlabError as refusal:
        sys.exit(text("en", f"error.{refusal.code}", **refusal.values))


def _show_time_left(begin: float, done: int, total: int) -> None:
    left = (time.monotonic() - begin) * (total - done) / done
    line = f"  {done:,} of {total:,} samples, {left:.0f} s left"
    if sys.stdout.isatty():
        print(f"\r{line:60}", end="\n" if done == total else "", flush=True)
    else:
        print(line, flush=True)


def _show_rows(done: int, total: int) -> None:
    if sys.stdout.isatty():
        print(f"\r  {done:,} of {total:,}", end="", flush=True)


def _show_progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    if sys.stdout.isatty():
        print(f"\r  {done} of {total} samples", end=end, flush=True)
    elif done % 50 == 0 or done == total:
        print(f"  {done} of {total} samples", flush=True)


if __name__ == "__main__":
    app()
