"""The operations guide takes the rights away on every append-only table."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

from cogov.audit.models import AppendOnlyModel

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def test_the_guide_names_every_append_only_table() -> None:
    found = re.search(
        r"REVOKE UPDATE, DELETE, TRUNCATE ON(.*?)FROM cogov_app", GUIDE.read_text("utf-8"), re.S
    )
    assert found is not None
    named = sorted(re.findall(r"\w+_\w+", found[1]))
    ours = ("cogov.", "villages", "notices", "points", "reports")
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, AppendOnlyModel) and model.__module__.startswith(ours)
    ]
    assert named == sorted(tables)
