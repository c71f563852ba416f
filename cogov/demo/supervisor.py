"""Runs child processes until told to stop: restarts what crashes, leaves no orphan behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 10.0
CRASHES = 4  # within CRASH_SECONDS: then it is broken, not unlucky
CRASH_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


class ChildBroken(Exception):
    """A child crashes again and again; ``tail`` holds the end of its log."""

    def __init__(self, label: str, log: Path) -> None:
        super().__init__(label)
        self.label = label
        self.log = log
        self.tail = log.read_text("utf-8", errors="replace").splitlines()[-25:] if log.exists() else []


@dataclass
class Child:
    """One process: its label for people, its command, its log file."""

    label: str
    command: list[str]
    log: Path
    environ: dict[str, str]
    inherits: tuple[int, ...] = ()  # file descriptors
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=CRASHES))

    def start(self) -> None:
        """Start (again). Raises ChildBroken when it crashed too often lately."""
        now = time.monotonic()
        if len(self.starts) == CRASHES and now - self.starts[0] < CRASH_SECONDS:
            raise ChildBroken(self.label, self.log)
        self.starts.append(now)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=self.environ,
                pass_fds=self.inherits,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the children in order
                preexec_fn=die_with_parent,  # noqa: PLW1509 - the supervisor has no threads
            )

    def is_alive(self) -> bool:
        """True while it runs."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send to the whole process group: gunicorn's and Celery's own children too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def die_with_parent() -> None:
    """Runs in the child: when the supervisor itself is killed, the kernel ends the child."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Starts children together and keeps them running."""

    def __init__(self, children: list[Child], *, say: Callable[[str], object]) -> None:
        self.children = children
        self.say = say
        self.stopping = False

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Children run inside the block; they are stopped whatever ends it."""
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGHUP)}
        try:
            for child in self.children:
                child.start()
            yield
        finally:
            self.stop()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def check(self) -> None:
        """Restart what has ended. Raises ChildBroken, and KeyboardInterrupt after a SIGTERM."""
        for child in self.children:
            if not child.is_alive():
                code = child.process.returncode if child.process else None
                self.say(f"⚠ {child.label}意外退出（代码 {code}），正在重新启动……")
                child.start()

    def watch(self, *, interval: float = 0.5) -> None:
        """Until interrupted."""
        while True:
            self.check()
            time.sleep(interval)

    def stop(self) -> None:
        """Ask politely, wait, then insist."""
        alive = [child for child in self.children if child.is_alive()]
        for child in alive:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in alive:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if not self.stopping:  # a second signal must not interrupt the stopping
            self.stopping = True
            raise KeyboardInterrupt
