"""What a web worker must not load to start: it would wait for it, and carry it in memory (performance.md)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "weasyprint",
    "fontTools",
    "openpyxl",
    "python_calamine",
    "segno",
    "pypinyin",
    "pypdf",
    "PIL",
    "celery",
    "kombu",
    "cryptography",
)
SCRIPT = """
import json, sys
import django
django.setup()
import cogov.wsgi, cogov.urls
from django.urls import get_resolver
get_resolver().reverse_dict  # every URL module is imported
print(json.dumps(sorted(name for name in sys.modules if "." not in name)))
"""


def test_a_web_worker_starts_without_the_heavy_libraries() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).resolve().parents[2],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cogov.settings.test",
            "DATABASE_URL": "sqlite:///:memory:",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert {"django", "cogov", "points", "reports"} <= loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))
