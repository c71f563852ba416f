"""Private, throw-away PostgreSQL and Redis servers for one run of the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cogov.bootstrap.system import find_program
from cogov.demo.supervisor import die_with_parent

START_SECONDS = 30.0
# Nothing here outlives the run: durability off.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=2GB"]
SIZED = ["shared_buffers=256MB", "max_connections=150", "listen_addresses=127.0.0.1", "timezone=UTC"]


class ServerFailed(Exception):
    """A server of ours did not start; the message holds what it said."""


def random_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged() -> list[str]:
    """Command prefix that gives up root (PostgreSQL refuses to run as root); empty when we are not root."""
    if os.geteuid() != 0:
        return []
    account = _account()
    return [
        str(find_program("setpriv") or "setpriv"),
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        "--pdeathsig=INT",  # giving up root cleared what die_with_parent asked for
    ]


def _account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerFailed("系统里没有 postgres 或 nobody 用户")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="cogov-test-"))
    try:
        if os.geteuid() == 0:
            os.chown(path, _account().pw_uid, _account().pw_gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise ServerFailed(log.read_text("utf-8", errors="replace")[-2000:] if log.exists() else "没有任何输出")


@contextlib.contextmanager
def _running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads yet
        )
    try:
        _wait_for(port, process, log)
        yield
    finally:
        process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown, Redis' ordinary one
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A private cluster; yields its DATABASE_URL (user cogov, who owns the cluster). Raises ServerFailed."""
    initdb, server = find_program("initdb"), find_program("postgres")
    if initdb is None or server is None:
        raise ServerFailed("没有找到 initdb 与 postgres")
    with _folder() as folder:
        data, port, drop = folder / "data", random_port(), unprivileged()
        done = subprocess.run(
            [
                *drop,
                str(initdb),
                "-D",
                str(data),
                "-U",
                "cogov",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        if done.returncode:
            raise ServerFailed(done.stdout[-500:] + done.stderr[-1500:])
        command = [*drop, str(server), "-D", str(data), "-p", str(port), "-k", str(folder)]
        for setting in (*FAST, *SIZED):
            command += ["-c", setting]
        with _running(command, port, folder):
            yield f"postgres://cogov@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A private Redis without persistence; yields its address. Raises ServerFailed."""
    server = find_program("redis-server")
    if server is None:
        raise ServerFailed("没有找到 redis-server")
    with _folder() as folder:
        port = random_port()
        command = [*unprivileged(), str(server), "--port", str(port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        with _running(command, port, folder):
            yield f"redis://127.0.0.1:{port}/0"
