"""The two commands of the roof: what they decide and how they keep processes, without starting the whole house."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from cogov.access.scope import SystemActor
from cogov.demo import installation, suite
from cogov.demo.sample import deeds
from cogov.demo.screen import enrol_screen, screen
from cogov.demo.supervisor import CRASHES, Child, ChildBroken, Supervisor
from cogov.demo.table import table, width
from points.models import Category
from tests.factories.points import setting


def test_a_busy_port_is_refused_with_another_one_to_try() -> None:
    with installation.reserve_port("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"端口 {port} 用不了：已被别的程序占用.*--port {port + 10}"):
            installation.reserve_port("127.0.0.1", port)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_an_impossible_port_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match="端口应在 1 到 65535 之间"):
        call_command("demo", port=port)


def test_only_one_demo_per_data_directory(tmp_path: Path) -> None:
    with (
        installation.alone(tmp_path),
        pytest.raises(CommandError, match="已经在运行"),
        installation.alone(tmp_path),
    ):
        pytest.fail("两个演示系统同时得到了同一个目录")


def test_the_directory_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with installation.alone(tmp_path):
            pass


@pytest.mark.django_db
def test_reset_refuses_a_database_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text("[]")
    with pytest.raises(CommandError, match="--reset 只清空演示目录"):
        installation.reset(tmp_path)
    assert (tmp_path / "accounts.json").exists()


def test_accounts_are_read_as_load_demo_wrote_them(tmp_path: Path) -> None:
    assert installation.accounts(tmp_path) == []
    (tmp_path / "accounts.json").write_text(
        '[{"username": "cadre", "password": "p", "role": "村干部", "scope": "九龙村", "url": "/village/", "more": 1}]'
    )
    assert installation.accounts(tmp_path) == [
        installation.Account("cadre", "p", "村干部", "九龙村", "/village/")
    ]


@pytest.mark.django_db
def test_the_demos_own_screen_is_enrolled_by_opening_a_page(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.ROOT_URLCONF, settings.DATA_DIR = "cogov.demo.urls", tmp_path
    settings.COGOV_KIOSK_ENROLLED_ONLY = True
    assert client.get("/demo/kiosk/").status_code == 404
    place, file = setting(), tmp_path / "kiosk.json"
    enrol_screen(actor=SystemActor("演示数据"), village=place.village, file=file)
    found = screen(tmp_path)
    assert found is not None
    assert (found.village, found.pin, file.stat().st_mode & 0o777) == (place.village.name, "", 0o600)
    assert client.get("/kiosk/").status_code == 404
    assert client.get("/demo/kiosk/")["Location"] == "/kiosk/"
    assert place.village.name in client.get("/kiosk/").content.decode()
    assert client.post("/kiosk/open/", {"card": found.card})["Location"] == "/kiosk/home/"


def test_other_commands_print_the_address_on_which_the_demo_was_started(tmp_path: Path) -> None:
    def public_url(**more: str) -> str:
        code = "from django.conf import settings; print(settings.COGOV_PUBLIC_URL)"
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("COGOV_", "DJANGO_"))}
        environ |= {"COGOV_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "cogov.settings.demo", **more}
        root = Path(__file__).resolve().parents[2]
        return subprocess.check_output([sys.executable, "-c", code], env=environ, cwd=root, text=True).strip()

    assert public_url() == "http://127.0.0.1:8000"
    (tmp_path / "address").write_text("http://127.0.0.1:8140", "utf-8")
    assert public_url() == "http://127.0.0.1:8140"
    assert public_url(COGOV_PUBLIC_URL="https://jf.example.cn") == "https://jf.example.cn"


def test_the_demos_thirty_rules_name_their_source_and_its_deeds_their_rule() -> None:
    rules = list(deeds.default_rules())
    assert len(rules) == 30
    assert all(rule["source"] for rule in rules)
    assert {deed.rule for deed in deeds._MONTHLY} <= {rule["code"] for rule in rules}
    assert {rule["category"] for rule in rules} == set(Category.values)
    assert [rule["code"] for rule in rules if rule["exclusive_group"] == "文明创建"] == ["H01", "H02"]


def test_han_characters_take_two_columns() -> None:
    assert width("村干部a") == 7
    assert table(["角色", "x"], [["村干部", "1"], ["a", "22"]]).splitlines() == [
        "  角色    x",
        "  ──────  ──",
        "  村干部  1",
        "  a       22",
    ]


def child(tmp_path: Path, code: str) -> Child:
    return Child("试验", [sys.executable, "-c", code], tmp_path / "child.log", {})


def wait_until(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_crashed_child_is_started_again_and_stopped_in_the_end(tmp_path: Path) -> None:
    one, said = child(tmp_path, "import time; time.sleep(60)"), []
    supervisor = Supervisor([one], say=said.append)
    with supervisor.running():
        first = one.process.pid
        one.process.kill()
        one.process.wait()
        supervisor.check()
        assert one.is_alive()
        assert one.process.pid != first
    assert not one.is_alive()
    assert said == ["⚠ 试验意外退出（代码 -9），正在重新启动……"]


def test_a_child_that_cannot_run_is_given_up_with_its_log(tmp_path: Path) -> None:
    one = child(tmp_path, "print('坏了', flush=True); raise SystemExit(3)")
    one.environ["PYTHONIOENCODING"] = "utf-8"
    supervisor = Supervisor([one], say=lambda _text: None)
    with pytest.raises(ChildBroken) as broken, supervisor.running():
        for _ in range(CRASHES + 1):
            one.process.wait()
            supervisor.check()
    assert broken.value.tail == ["坏了"] * CRASHES


def test_children_die_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from cogov.demo.supervisor import Child\n"
        "one = Child('x', [sys.executable, '-c', 'import time; time.sleep(60)'], Path(sys.argv[1]), {})\n"
        "one.start(); print(one.process.pid, flush=True); time.sleep(60)\n"
    )
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, cwd=root
    )
    with parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    status = Path(f"/proc/{pid}/stat")

    def is_gone() -> bool:
        try:
            return status.read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    wait_until(is_gone)


def test_the_last_line_is_what_ci_reads() -> None:
    report = suite.Report(
        [suite.Outcome("SQLite", 10, 0, 1, 3.2), suite.Outcome("质量检查", 7, 1, note="mypy")]
    )
    assert report.lines() == [
        "✓ SQLite：通过 10，失败 0，跳过 1，3 秒",
        "✗ 质量检查：通过 7，失败 1，0 秒（mypy）",
        "17 passed, 1 failed",
    ]


@pytest.mark.parametrize(
    ("xml", "counts"),
    [
        ('<testsuites><testsuite tests="9" failures="1" errors="2" skipped="1"/></testsuites>', (5, 3, 1)),
        ('<testsuites><testsuite tests="3" failures="0" errors="0" skipped="0"/></testsuites>', (3, 0, 0)),
        ("<testsuites", (0, 1, 0)),
        (None, (0, 1, 0)),
    ],
)
def test_counts_come_from_the_result_file(
    tmp_path: Path, xml: str | None, counts: tuple[int, int, int]
) -> None:
    file = tmp_path / "result.xml"
    if xml is not None:
        file.write_text(xml)
    assert suite.read_result(file) == counts


def test_a_part_of_the_suite_runs_without_coverage(tmp_path: Path) -> None:
    whole = suite.pytest_command([], result=tmp_path / "r.xml", coverage=True)
    part = suite.pytest_command(["tests/points", "-k", "月结"], result=tmp_path / "r.xml", coverage=True)
    assert "--cov" in whole
    assert whole[whole.index("--dist") + 1] == "loadscope"
    assert part[-4:] == ["--no-cov", "tests/points", "-k", "月结"]


def test_both_commands_explain_themselves() -> None:
    from cogov.demo.management.commands.test import Command

    out = StringIO()
    Command(stdout=out).run_from_argv(["manage.py", "test", "--help"])
    assert "--sqlite-only" in out.getvalue()
