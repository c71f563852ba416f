"""The steps of ``manage.py test``: pytest on each database, the quality gates beside it; and what they add up to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import parse

from cogov.demo.supervisor import die_with_parent

BIN = Path(sys.executable).parent
NOTHING_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True)
class Outcome:
    """One step: what it was, how many checks it made, how many failed."""

    label: str
    passed: int
    failed: int
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""


@dataclass
class Report:
    """All steps of one run."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return sum(outcome.passed for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        return sum(outcome.failed for outcome in self.outcomes)

    def lines(self) -> list[str]:
        """One line per step and, last and alone on its line, what any CI reads."""
        lines = []
        for one in self.outcomes:
            mark = "✗" if one.failed else "✓"
            skipped = f"，跳过 {one.skipped}" if one.skipped else ""
            note = f"（{one.note}）" if one.note else ""
            lines.append(
                f"{mark} {one.label}：通过 {one.passed}，失败 {one.failed}{skipped}，{one.seconds:.0f} 秒{note}"
            )
        return [*lines, f"{self.passed} passed, {self.failed} failed"]


def is_partial(arguments: list[str]) -> bool:
    """The caller asked for a part of the tests: no coverage floor, no gates."""
    return bool(arguments)


def pytest_command(arguments: list[str], *, result: Path, coverage: bool) -> list[str]:
    """The pytest call. Whole runs take one process more than there are processors, because some wait for a browser.

    A module stays in one process, so that what it builds is built once; tests/conftest.py puts the longest first.
    Partial runs stay in one process, where -s and pdb work.
    """
    command = [sys.executable, "-m", "pytest", f"--junitxml={result}", "-o", "junit_logging=no"]
    if is_partial(arguments):
        return [*command, "--no-cov", *arguments]
    command += ["-q", "--durations=15", "--durations-min=2"]
    command += ["-n", str(min(os.cpu_count() or 2, 8) + 1), "--dist", "loadscope", "--no-loadscope-reorder"]
    return [*command, *(["--cov", "--cov-report=term"] if coverage else ["--no-cov"])]


def read_result(file: Path) -> tuple[int, int, int]:
    """Passed, failed, skipped from pytest's JUnit file; (0, 1, 0) when it never got to write one."""
    try:
        suites = parse(file).getroot().iter("testsuite")
        total = failed = skipped = 0
        for suite in suites:
            total += int(suite.get("tests", "0"))
            failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
            skipped += int(suite.get("skipped", "0"))
    except (OSError, ParseError, ValueError):
        return 0, 1, 0
    return max(0, total - failed - skipped), failed, skipped


def run_pytest(
    label: str, arguments: list[str], environ: dict[str, str], *, root: Path, folder: Path, coverage: bool
) -> Outcome:
    """One pass of the test suite."""
    started = time.monotonic()
    result = folder / f"{label}.xml"
    (folder / label).mkdir()  # where the first process leaves the migrated database for the others
    shared = {} if is_partial(arguments) else {"COGOV_TEST_TEMPLATE": str(folder / label)}
    code = subprocess.run(
        pytest_command(arguments, result=result, coverage=coverage),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "cogov.settings.test", **environ, **shared},
        cwd=root,
        stdin=subprocess.DEVNULL if os.environ.get("CI") else None,
        preexec_fn=die_with_parent,
        check=False,
    ).returncode
    passed, failed, skipped = read_result(result)
    note = ""
    if code == NOTHING_COLLECTED:
        note, failed = "没有找到测试", 1
    elif code and not failed:
        failed, note = 1, "测试都通过，但覆盖率不足或 pytest 出错，见上文"
    return Outcome(label, passed, failed, skipped, time.monotonic() - started, note)


def gates(root: Path) -> list[tuple[str, list[str]]]:
    """The quality gates: name and command."""
    tool: Callable[[str], str] = lambda name: str(BIN / name)  # noqa: E731 - a local shorthand
    templates = [str(path.relative_to(root)) for path in tracked(root, "*.html")]
    found = [
        ("ruff check", [tool("ruff"), "check", "--output-format", "concise", "."]),
        ("ruff format", [tool("ruff"), "format", "--check", "--output-format", "concise", "."]),
        ("import order", [tool("lint-imports"), "--no-cache"]),
        ("mypy", [tool("mypy"), *packages(root)]),
        ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        ("django check", [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]),
    ]
    if templates:
        found.append(("djade", [tool("djade"), "--check", "--target-version", "5.2", *templates]))
        found.append(("djlint", [tool("djlint"), "--lint", "--quiet", *templates]))
    return found


def packages(root: Path) -> list[str]:
    """Top-level packages of the project."""
    return sorted(path.parent.name for path in root.glob("*/__init__.py") if path.parent.name != "tests")


def tracked(root: Path, pattern: str) -> list[Path]:
    """Files of the project that match; without git (an unpacked archive) those outside hidden and data folders."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", pattern],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        names = [name for name in done.stdout.split("\0") if name]
        return sorted(root / name for name in names if (root / name).exists())
    found = (path.relative_to(root) for path in root.rglob(pattern))
    return sorted(
        root / path for path in found if not path.parts[0].startswith(".") and path.parts[0] != "var"
    )


def shorten(text: str, lines: int = 60) -> str:
    """The first lines of what a gate said, and how many there were."""
    found = text.strip().splitlines()
    rest = [f"…… 共 {len(found)} 行"] if len(found) > lines else []
    return "\n".join([*found[:lines], *rest])


def run_gates(root: Path, say: Callable[[str], object]) -> Outcome:
    """All gates, one after another; prints what a failing one said."""
    started = time.monotonic()
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cogov.settings.test",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    environ.pop("DATABASE_URL", None)
    passed = 0
    broken = []
    for name, command in gates(root):
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            passed += 1
            continue
        broken.append(name)
        say(f"✗ {name}\n{shorten(done.stdout + done.stderr)}")
    return Outcome("质量检查", passed, len(broken), 0, time.monotonic() - started, "、".join(broken))


@contextmanager
def gates_beside(root: Path, folder: Path) -> Iterator[Callable[[Callable[[str], object]], Outcome]]:
    """Run the gates in the background, where a processor is idle; yields what waits for them and tells their outcome."""
    told = folder / "gates.txt"
    with told.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "cogov.demo.suite", str(root)],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_modestly,  # noqa: PLW1509 - no threads
        )

    def outcome(say: Callable[[str], object]) -> Outcome:
        process.wait()
        *lines, last = ["", *told.read_text("utf-8").splitlines()]
        if lines[1:]:
            say("\n".join(lines[1:]))
        try:
            return Outcome(**json.loads(last))
        except (ValueError, TypeError):
            return Outcome("质量检查", 0, 1, note=last)

    try:
        yield outcome
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _modestly() -> None:
    """Runs in the child: the tests go first."""
    die_with_parent()
    os.nice(10)


if __name__ == "__main__":
    found = run_gates(Path(sys.argv[1]), lambda text: sys.stdout.write(f"{text}\n"))
    sys.stdout.write(json.dumps(asdict(found)))
