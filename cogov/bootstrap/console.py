"""What the preparation says on the terminal. It goes to stderr: stdout belongs to the command (``--json``)."""

from __future__ import annotations

import contextlib
import sys


class Unprepared(Exception):
    """The machine cannot be prepared: what is missing, and what to do about it, in Chinese."""

    def __init__(self, missing: str, remedy: str = "", details: str = "") -> None:
        super().__init__(missing)
        self.missing = missing
        self.remedy = remedy
        self.details = details

    def show(self) -> None:
        """Print it: the last lines of what the failing tool said, what is missing, what to do."""
        if self.details:
            say("\n".join(f"    {line}" for line in self.details.strip().splitlines()[-12:]))
        say(f"✗ {self.missing}")
        if self.remedy:
            say(f"  处理办法：{self.remedy}")


def say(message: str) -> None:
    """One progress line, readable even where the terminal speaks no UTF-8."""
    with contextlib.suppress(AttributeError, ValueError):
        if (sys.stderr.encoding or "").lower().replace("-", "") != "utf8":
            sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    print(message, file=sys.stderr, flush=True)
