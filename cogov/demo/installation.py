"""The demo's own data directory: database, static files, sample data, accounts."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

PRODUCED = (
    "media",
    "broker",
    "logs",
    "beat",
    "accounts.json",
    "kiosk.json",
    "address",
    "loading",
    "worker.pid",
)


@dataclass(frozen=True)
class Account:
    """One line of accounts.json, which load_demo writes."""

    username: str
    password: str
    role: str
    scope: str
    url: str


def reserve_port(host: str, port: int) -> socket.socket:
    """A socket bound to the port, for the web server to inherit. Raises CommandError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = {errno.EADDRINUSE: "已被别的程序占用", errno.EACCES: "普通用户不能用 1024 以下的端口"}
        raise CommandError(
            f"端口 {port} 用不了：{reason.get(error.errno or 0, error.strerror)}。请换一个端口，例如："
            f"python3 manage.py demo --port {port + 10 if 1024 < port < 65000 else 8010}"
        ) from None
    return listener


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Only one demo per data directory: SQLite has one writing server. Raises CommandError for the second."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / "demo.lock").open("a")
    except OSError as error:
        raise CommandError(
            f"数据目录 {folder} 不能写（{error.strerror}）。请用环境变量 COGOV_DATA_DIR 另指一个。"
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(
                f"演示系统已经在运行（数据目录 {folder}）。请先在它的窗口按 Ctrl-C，或用 COGOV_DATA_DIR 另指一个目录。"
            ) from None
        yield


def reset(folder: Path) -> None:
    """Delete database, uploads and queue; the keys stay. Raises CommandError for a database outside the folder."""
    database = connection.settings_dict
    inside = database["ENGINE"].endswith("sqlite3") and Path(database["NAME"]).resolve().is_relative_to(
        folder
    )
    if not inside:
        raise CommandError(
            "--reset 只清空演示目录里的 SQLite 数据库；DATABASE_URL 指向别处，请自行清空那个数据库。"
        )
    connections.close_all()
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{database['NAME']}{suffix}").unlink(missing_ok=True)
    for name in PRODUCED:
        target = folder / name
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    if hasattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS"):
        prepare_broker()


def prepare_broker() -> None:
    """The folders of the file-system broker; messages of an earlier run are dropped (the job table is the truth)."""
    options = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    for key in ("data_folder_in", "data_folder_out", "control_folder"):
        if key in options:
            Path(options[key]).mkdir(parents=True, exist_ok=True)
    if "data_folder_in" in options:
        for message in Path(options["data_folder_in"]).glob("*.msg"):
            message.unlink(missing_ok=True)


def migrate() -> bool:
    """Bring the database up to date. True when there was something to do."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static() -> bool:
    """Collect when a static file changed since last time. True when it was done."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            seen.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text("utf-8") == seen.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(seen.hexdigest(), "utf-8")
    return True


def is_half_loaded(folder: Path) -> bool:
    """An earlier start was interrupted while the sample data went in."""
    return (folder / "loading").exists()


def has_users() -> bool:
    """Somebody can log in: sample data is there, or the installation has its own."""
    return bool(get_user_model()._default_manager.exists())


def load_sample_data(folder: Path) -> None:
    """Run load_demo; the marker tells the next start when this one is interrupted."""
    marker = folder / "loading"
    marker.touch()
    call_command("load_demo")
    marker.unlink()


def accounts(folder: Path) -> list[Account]:
    """What load_demo wrote; empty when the data came from elsewhere."""
    try:
        rows: list[dict[str, Any]] = json.loads((folder / "accounts.json").read_text("utf-8"))
    except FileNotFoundError:
        return []
    names = Account.__dataclass_fields__
    return [Account(**{name: str(row.get(name, "")) for name in names}) for row in rows]
