"""python3 manage.py demo: the whole system on this machine, with sample data, in one command."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cogov.bootstrap import system
from cogov.demo import installation
from cogov.demo.screen import Screen, screen
from cogov.demo.supervisor import Child, ChildBroken, Supervisor
from cogov.demo.table import table

ANSWER_SECONDS = 60.0


class Command(BaseCommand):
    help = "启动演示系统：建库、装入演示数据、启动网页与后台任务，并列出各角色的账号。按 Ctrl-C 结束。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="网页端口，默认 8000")
        parser.add_argument(
            "--host", default="127.0.0.1", help="监听地址，默认只限本机；0.0.0.0 允许其他设备访问"
        )
        parser.add_argument("--reset", action="store_true", help="清空演示数据库和上传的文件，重新生成")

    def handle(self, *, port: int, host: str, reset: bool, **_options: Any) -> None:
        if not 0 < port < 65536:
            raise CommandError(f"端口应在 1 到 65535 之间，现在是 {port}。")
        started = time.monotonic()
        folder = Path(settings.DATA_DIR)
        address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"  # noqa: S104 - the user asked for it
        os.environ.setdefault("COGOV_PUBLIC_URL", address.rstrip("/"))
        settings.COGOV_PUBLIC_URL = os.environ["COGOV_PUBLIC_URL"]
        try:
            with installation.alone(folder), installation.reserve_port(host, port) as listener:
                self._prepare(folder, reset=reset)
                (folder / "address").write_text(settings.COGOV_PUBLIC_URL, "utf-8")
                supervisor = Supervisor(children(folder, listener.fileno()), say=self._say)
                with supervisor.running():
                    self._wait(supervisor, address)
                    self._welcome(folder, address, time.monotonic() - started)
                    supervisor.watch()
        except KeyboardInterrupt:
            self._say("演示系统已停止；数据留着，下次启动接着用。")
        except ChildBroken as broken:
            lines = "\n".join(f"    {line}" for line in broken.tail)
            raise CommandError(f"{broken.label}启动不了，日志 {broken.log} 的最后几行：\n{lines}") from None

    def _prepare(self, folder: Path, *, reset: bool) -> None:
        system.ensure(system.PDF, purpose="打印 PDF(网页照常可用)")
        if reset or installation.is_half_loaded(folder):
            self._say("… 清空演示数据。" if reset else "… 上次装入演示数据时中断了，重新开始。")
            installation.reset(folder)
        installation.prepare_broker()
        self._say("… 检查数据库。")
        if installation.migrate():
            self._say("✓ 数据库结构已更新。")
        if installation.collect_static():
            self._say("✓ 网页样式与脚本已更新。")
        clock = time.monotonic()
        if not installation.has_users():
            self._say("… 正在装入演示数据（首次约需半分钟）。")
            installation.load_sample_data(folder)
            self._say(f"✓ 演示数据已装入（{time.monotonic() - clock:.0f} 秒）。")

    def _wait(self, supervisor: Supervisor, address: str) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while not answers(address):
            supervisor.check()
            if time.monotonic() > deadline:
                raise ChildBroken("网页服务", supervisor.children[0].log)
            time.sleep(0.2)

    def _welcome(self, folder: Path, address: str, seconds: float) -> None:
        self._say(f"\n✓ 演示系统已启动（{seconds:.0f} 秒）：{address}\n")
        accounts = installation.accounts(folder)
        if accounts:
            rows = [
                [one.role, one.scope, one.username, one.password, urljoin(address, one.url)]
                for one in accounts
            ]
            self._say(table(["角色", "范围", "用户名", "密码", "入口"], rows))
            self._kiosk(screen(folder), address)
        self._say(f"\n  数据与日志：{folder}    结束：Ctrl-C\n")

    def _kiosk(self, found: Screen | None, address: str) -> None:
        if found is None:
            self._say(f"\n  自助查询机：{urljoin(address, 'kiosk/')}")
            return
        pin = f"，密码 {found.pin}" if found.pin else ""
        self._say(
            f"\n  自助查询机：{urljoin(address, 'demo/kiosk/')}（打开它，这个浏览器就是{found.village}的查询机）"
            f"\n  试用的户卡：卡号 {found.card}{pin}。别的户：python3 manage.py kiosk_card 421223101001 户号"
        )

    def _say(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()


def children(folder: Path, listener: int) -> list[Child]:
    """The web server on the socket ``listener`` and the background worker, on the demo's settings."""
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "cogov.settings.demo", "PYTHONUNBUFFERED": "1"}
    # The demo runs as whoever started it; Celery's warning about root is meant for servers.
    quiet = {**environ, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    root = str(settings.BASE_DIR)
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "cogov.wsgi:application",
        "--chdir",
        root,
        "--bind",
        f"fd://{listener}",
    ]
    web += ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--graceful-timeout", "5"]
    worker = [
        sys.executable,
        "-m",
        "celery",
        "--workdir",
        root,
        "-A",
        "cogov.celery",
        "worker",
        "-P",
        "threads",
        "-c",
        "2",
    ]
    worker += [
        "-B",
        "-s",
        str(folder / "beat" / "schedule"),
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    ]
    (folder / "beat").mkdir(parents=True, exist_ok=True)
    logs = folder / "logs"
    return [
        Child("网页服务", web, logs / "web.log", environ, (listener,)),
        Child("后台任务", worker, logs / "worker.log", quiet),
    ]


def answers(address: str) -> bool:
    """True when the server gives any answer that is not a failure of its own."""
    try:
        urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own http address
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True
