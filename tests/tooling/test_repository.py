"""What must hold for the files of the repository themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from cogov.demo.suite import tracked

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
# From the ground to the roof (docs/architecture); an app may point only at rooms below it.
ROOMS = [
    "cogov.common",
    "cogov.audit",
    "cogov.access",
    "cogov.workcalendar",
    "cogov.jobs",
    "cogov.desk",
    "villages",
    "notices",
    "points",
    "reports",
    "cogov.demo",
]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_hold_no_address_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"(?m)^\s*(#.*)?(/|file:|--index|--extra-index|--find-links|--trusted)", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_with_hashes(name: str) -> None:
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / name).read_text("utf-8"))
    entries = re.split(r"(?m)^(?=\S)", text)[1:]
    assert len(entries) > 50
    loose = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert loose == []


def test_the_two_locks_agree() -> None:
    run, development = (
        set(re.findall(r"(?m)^([\w.\-]+==[^\s;\\]+)", (ROOT / name).read_text("utf-8"))) for name in LOCKS
    )
    assert run - development == set()


def test_the_oldest_python_finds_what_it_needs() -> None:
    assert re.search(r"(?m)^async-timeout==", (ROOT / "requirements.lock").read_text("utf-8"))


def test_every_direct_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.match(r"[\w-]+", line)[0].lower() for line in project["dependencies"]}
    locked = {
        name.lower()
        for name in re.findall(r"(?m)^([\w.\-]+)==", (ROOT / "requirements.lock").read_text("utf-8"))
    }
    assert wanted - locked == set()


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    forbidden = [b"/" + b"work/", b"/" + b"root/"]
    found = []
    for path in tracked(ROOT, "*"):
        if path.is_file() and path.stat().st_size < 2_000_000:
            content = path.read_bytes()
            found += [f"{path.relative_to(ROOT)}: {word.decode()}" for word in forbidden if word in content]
    assert found == []


def test_no_module_grows_beyond_400_lines() -> None:
    skipped = ("tests/", "bench/")
    long = [
        f"{name} {lines}"
        for path in tracked(ROOT, "*.py")
        if not (name := str(path.relative_to(ROOT))).startswith(skipped)
        and "/migrations/" not in name
        and (lines := len(path.read_text("utf-8").splitlines())) > 400
    ]
    assert long == []


def test_import_order() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def room(model: type[models.Model]) -> int | None:
    """Position of the model's app in the house; None for library apps."""
    name = apps.get_app_config(model._meta.app_label).name
    return ROOMS.index(name) if name in ROOMS else None


def test_every_app_of_ours_has_its_room() -> None:
    ours = {
        config.name for config in apps.get_app_configs() if (ROOT / config.name.replace(".", "/")).is_dir()
    }
    assert ours - set(ROOMS) == set()


def test_foreign_keys_point_downwards() -> None:
    upward = []
    for model in apps.get_models(include_auto_created=True):
        here = room(model)
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not field.concrete or not isinstance(target, type) or here is None:
                continue
            there = room(target)
            if there is not None and there > here:
                upward.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert upward == []


def test_no_float_columns() -> None:
    floats = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if getattr(field, "get_internal_type", str)() == "FloatField" and room(model) is not None
    ]
    assert floats == []
