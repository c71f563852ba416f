"""The preparation of a bare machine: the parts that decide, without installing anything."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cogov import bootstrap
from cogov.bootstrap import console, environment, system


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / environment.RUN_LOCK).write_text("a==1 --hash=sha256:00\n")
    (tmp_path / environment.DEVELOPMENT_LOCK).write_text("a==1 --hash=sha256:00\nb==2 --hash=sha256:00\n")
    return tmp_path


def finished(venv: environment.Environment, wanted: dict[str, str]) -> None:
    venv.python.parent.mkdir(parents=True)
    venv.python.touch()
    venv.stamp_file.write_text(json.dumps(wanted))


def test_a_fresh_checkout_is_not_ready(checkout: Path) -> None:
    assert environment.Environment(checkout, development=False).is_ready() is False


def test_ready_when_the_lock_file_is_the_installed_one(checkout: Path) -> None:
    venv = environment.Environment(checkout, development=False)
    finished(venv, venv.wanted())
    assert venv.is_ready() is True


def test_not_ready_after_the_lock_file_changed(checkout: Path) -> None:
    venv = environment.Environment(checkout, development=False)
    finished(venv, venv.wanted())
    (checkout / environment.RUN_LOCK).write_text("a==2 --hash=sha256:11\n")
    assert venv.is_ready() is False


def test_the_tests_need_more_than_the_demo(checkout: Path) -> None:
    finished(environment.Environment(checkout, development=False), {environment.RUN_LOCK: "x"})
    assert environment.Environment(checkout, development=True).is_ready() is False


def test_an_interrupted_installation_is_not_ready(checkout: Path) -> None:
    venv = environment.Environment(checkout, development=False)
    finished(venv, venv.wanted())
    venv.stamp_file.write_text('{"requirements.lo')
    assert venv.is_ready() is False


def test_a_dead_interpreter_is_not_ready(checkout: Path) -> None:
    venv = environment.Environment(checkout, development=False)
    finished(venv, venv.wanted())
    venv.python.unlink()
    venv.python.symlink_to(checkout / "gone")
    assert venv.is_ready() is False


def test_a_missing_lock_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(console.Unprepared, match=r"requirements\.lock"):
        environment.Environment(tmp_path, development=False).is_ready()


def test_an_old_python_is_refused_in_chinese(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as stop:
        bootstrap.prepare(checkout, ["manage.py", "check"])
    assert stop.value.code == 1
    assert "需要 Python 3.11" in capsys.readouterr().err
    assert sorted(path.name for path in checkout.iterdir()) == ["requirements-dev.lock", "requirements.lock"]


THERE = system.Need("there", lambda: True)
ABSENT = system.Need("absent", lambda: False)


def test_missing_names_only_what_is_absent() -> None:
    assert system.missing([THERE, ABSENT]) == ["absent"]


def test_without_root_the_package_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "may_install", lambda: False)
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system.shutil, "which", lambda _name: "/usr/bin/apt-get")
    assert system.ensure([THERE, ABSENT], purpose="打印 PDF") == ["absent"]
    said = capsys.readouterr().err
    assert "打印 PDF还缺少系统软件包：absent" in said
    assert "sudo apt-get install absent" in said


def test_what_nothing_works_without_stops_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "may_install", lambda: False)
    with pytest.raises(console.Unprepared) as problem:
        system.require([ABSENT], purpose="建立虚拟环境")
    assert "absent" in problem.value.missing
    assert "absent" in problem.value.remedy


def test_as_root_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    installed: set[str] = set()

    def install(packages: list[str], *, purpose: str) -> bool:
        asked.append(packages)
        installed.update(packages)
        return True

    monkeypatch.setattr(system, "may_install", lambda: True)
    monkeypatch.setattr(system, "install", install)
    need = system.Need("late", lambda: "late" in installed)
    assert system.ensure([THERE, need], purpose="测试") == []
    assert asked == [["late"]]
