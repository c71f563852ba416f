"""How long a web worker and ``manage.py --help`` take to start, against a bare Django project (performance.md).

    .venv/bin/python bench/cold_start.py [--rounds 9]

The bare project is ``django-admin startproject`` on the same interpreter. A web worker imports the WSGI application and
the URLs. Byte code is warm on both sides, kept in a folder of its own. Processor time of each process, A B A B, medians;
limit 2 times the bare one.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 2.0


def cpu(command: list[str], folder: Path, environ: dict[str, str]) -> float:
    """Processor seconds of one process from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="cogov-bench-") as name:
        bare = Path(name) / "bare"
        bare.mkdir()
        keep = {
            k: v
            for k, v in os.environ.items()
            if k not in {"PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"}
        }
        keep["PYTHONPYCACHEPREFIX"] = f"{name}/pyc"
        own = {**keep, "DJANGO_SETTINGS_MODULE": "cogov.settings.test"}
        subprocess.run(
            [sys.executable, "-m", "django", "startproject", "bare", "."], cwd=bare, env=keep, check=True
        )
        plain = {**keep, "DJANGO_SETTINGS_MODULE": "bare.settings"}
        cases = {
            "web worker": (["-c", "import bare.wsgi, bare.urls"], ["-c", "import cogov.wsgi, cogov.urls"]),
            "manage.py --help": (["manage.py", "--help"], ["manage.py", "--help"]),
        }
        failed = False
        for label, (theirs, ours) in cases.items():
            pairs = [
                (cpu([sys.executable, *theirs], bare, plain), cpu([sys.executable, *ours], ROOT, own))
                for _ in range(rounds + 1)
            ][1:]
            control, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
            failed |= mine / control > LIMIT
            print(
                f"{label}: bare {control:.2f} s, ours {mine:.2f} s, ratio {mine / control:.2f} (limit {LIMIT:g})"
            )
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
