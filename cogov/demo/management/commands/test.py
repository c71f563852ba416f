"""python3 manage.py test: the whole suite on SQLite and PostgreSQL, then the quality gates."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cogov.bootstrap import system
from cogov.demo import servers, suite

USAGE = """用法：python3 manage.py test [--fast] [--sqlite-only | --postgres-only] [pytest 参数 …]

先在 SQLite 上、再在 PostgreSQL 上运行全部测试，同时做质量检查（ruff、导入次序、mypy、模板、迁移）。
PostgreSQL 与 Redis 是临时的私有进程，测试完即删除。缺少的系统软件包：root 自动安装，否则说明要装什么。

  --fast            跳过质量检查
  --sqlite-only     只用 SQLite，缺少浏览器等系统软件时跳过相应的测试
  --postgres-only   只用 PostgreSQL
  其余参数原样交给 pytest，例如 python3 manage.py test tests/points -k 月结
                    （只跑一部分时，不查覆盖率、不做质量检查）

最后一行是“N passed, N failed”；全部通过时退出码为 0。
"""
OWN = ("--fast", "--sqlite-only", "--postgres-only")


class Command(BaseCommand):
    help = "在 SQLite 与 PostgreSQL 上运行全部测试，再做质量检查；其余参数交给 pytest。"
    requires_system_checks: list[str] = []
    strict = 1  # failures counted for a part that cannot run here

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything that is not ours belongs to pytest, so Django's own parser stays out of it."""
        arguments = argv[2:]
        if {"-h", "--help"} & set(arguments):
            self.stdout.write(USAGE)
            return
        for number in (signal.SIGTERM, signal.SIGHUP):  # end like Ctrl-C: servers stopped, folders removed
            signal.signal(number, signal.default_int_handler)
        own = {argument for argument in arguments if argument in OWN}
        try:
            report = self.run(own, [argument for argument in arguments if argument not in OWN])
        except KeyboardInterrupt:
            self.stdout.write("\n测试已中断。\n0 passed, 1 failed")
            sys.exit(130)
        self.stdout.write("\n" + "\n".join(report.lines()))
        self.stdout.flush()
        sys.exit(1 if report.failed else 0)

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        self.stdout.write(USAGE)

    def run(self, own: set[str], arguments: list[str]) -> suite.Report:
        """All steps; a part that cannot run here counts as a failure, except under --sqlite-only."""
        report = suite.Report()
        self.strict = 0 if "--sqlite-only" in own else 1
        root = Path(settings.BASE_DIR)
        self._system(own, report)
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cogov-tests-")))
            environ = {"COGOV_DATA_DIR": str(folder / "data")}
            gates = None
            if "--fast" not in own and not suite.is_partial(arguments):
                gates = stack.enter_context(suite.gates_beside(root, folder))
            with self._noting(report, "Redis", system.TEST_BROKER):
                environ["COGOV_TEST_REDIS_URL"] = stack.enter_context(servers.redis())
            if "--postgres-only" not in own:
                self._title("SQLite")
                report.outcomes.append(
                    suite.run_pytest(
                        "SQLite",
                        arguments,
                        _without_database(environ),
                        root=root,
                        folder=folder,
                        coverage=True,
                    )
                )
            if "--sqlite-only" not in own:
                with self._noting(report, "PostgreSQL", system.TEST_DATABASE):
                    url = stack.enter_context(servers.postgresql())
                    self._title("PostgreSQL")
                    report.outcomes.append(
                        suite.run_pytest(
                            "PostgreSQL",
                            arguments,
                            {**environ, "DATABASE_URL": url},
                            root=root,
                            folder=folder,
                            coverage=False,
                        )
                    )
            if gates is not None:
                self._title("质量检查")
                report.outcomes.append(gates(self.stdout.write))
        return report

    def _system(self, own: set[str], report: suite.Report) -> None:
        needs = [*system.PDF, *system.TEST_BROKER, *system.TEST_BROWSER, *system.TEST_PRINT]
        if "--sqlite-only" not in own:
            needs += system.TEST_DATABASE
        absent = system.ensure(needs, purpose="测试")
        servers_own = {need.package for need in (*system.TEST_BROKER, *system.TEST_DATABASE)}
        for package in absent:
            if package not in servers_own:  # those are counted where they fail to start
                report.outcomes.append(
                    suite.Outcome(f"系统软件包 {package}", 0, 1, note="没有安装，依赖它的测试不能通过")
                )

    @contextlib.contextmanager
    def _noting(self, report: suite.Report, label: str, needs: tuple[system.Need, ...]) -> Any:
        try:
            yield
        except servers.ServerFailed as error:
            names = " ".join(need.package for need in needs)
            self.stdout.write(f"✗ {label} 没有启动，相应的测试没有运行：{error}")
            report.outcomes.append(suite.Outcome(label, 0, self.strict, note=f"没有启动；需要 {names}"))

    def _title(self, text: str) -> None:
        self.stdout.write(f"\n━━ {text} ━━")
        self.stdout.flush()


def _without_database(environ: dict[str, str]) -> dict[str, str]:
    """SQLite in memory, whatever the caller's shell says."""
    os.environ.pop("DATABASE_URL", None)
    return environ
