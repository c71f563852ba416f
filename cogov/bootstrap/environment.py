"""The project's own virtual environment: ``.venv`` with exactly the packages of the lock files."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cogov.bootstrap import console, system

RUN_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"


def digest_of(file: Path) -> str:
    """SHA-256 of a lock file; Unprepared when it is missing."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        raise console.Unprepared(f"找不到依赖清单 {file.name}。", "请重新完整地取一份源代码。") from None


def is_current(stamp: dict[str, str], wanted: dict[str, str]) -> bool:
    """True when every wanted lock file was installed in the version that lies there now."""
    return all(stamp.get(name) == digest for name, digest in wanted.items())


class Environment:
    """``.venv`` of one checkout. ``development`` adds the tools of the tests."""

    def __init__(self, root: Path, *, development: bool) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp_file = self.folder / "cogov-stamp.json"
        self.lock_file = root / (DEVELOPMENT_LOCK if development else RUN_LOCK)

    def wanted(self) -> dict[str, str]:
        """What the stamp must say: lock file name -> digest."""
        return {self.lock_file.name: digest_of(self.lock_file)}

    def stamp(self) -> dict[str, str]:
        """What was installed last; empty when nothing was finished."""
        try:
            return dict(json.loads(self.stamp_file.read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def is_ready(self) -> bool:
        """The packages are those of the lock file. Cheap: runs before every command."""
        return is_current(self.stamp(), self.wanted()) and self.python.exists()

    def is_running(self) -> bool:
        """This very process runs in the environment."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def start_over(self, argv: list[str]) -> None:
        """Replace this process by the same command under the environment's Python. Does not return."""
        script = str(self.root / "manage.py")
        environ = {key: value for key, value in os.environ.items() if key not in {"PYTHONHOME", "PYTHONPATH"}}
        environ["VIRTUAL_ENV"] = str(self.folder)
        sys.stdout.flush()
        try:
            os.execve(self.python, [str(self.python), script, *argv[1:]], environ)
        except OSError as error:
            raise console.Unprepared(
                f"虚拟环境 {self.folder} 里的 Python 无法启动：{error.strerror}。",
                f"删除 {self.folder} 后再次运行同一条命令。",
            ) from None

    def build(self) -> None:
        """Create or bring up to date; a second process waits for the first and then finds it done."""
        with self._alone():
            if self.is_ready():
                return
            started = time.monotonic()
            if not self._has_pip():
                self._create()
            self._install()
            stamp = {**self.stamp(), **self.wanted()}
            if self.lock_file.name == DEVELOPMENT_LOCK:  # it contains the other one, same versions
                stamp[RUN_LOCK] = digest_of(self.root / RUN_LOCK)
            self.stamp_file.write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
            console.say(f"✓ 运行环境已备好（{time.monotonic() - started:.0f} 秒）。")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            handle = (self.root / ".venv.lock").open("a")
        except OSError as error:
            raise console.Unprepared(
                f"无法在 {self.root} 里写文件：{error.strerror}。",
                "换用拥有该目录的用户运行，或把源代码复制到自己的目录。",
            ) from None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                console.say("… 另一个进程正在准备运行环境，等待它完成。")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _has_pip(self) -> bool:
        command = [str(self.python), "-m", "pip", "--version"]
        return (
            self.python.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0
        )

    def _create(self) -> None:
        base = (
            getattr(sys, "_base_executable", None) or sys.executable
        )  # also from inside another environment
        console.say(f"… 首次运行：正在建立虚拟环境 .venv(Python {sys.version.split()[0]})。")
        if subprocess.run(
            [base, "-m", "ensurepip", "--version"], capture_output=True, check=False
        ).returncode:
            system.require(system.VENV, purpose="建立虚拟环境")
        shutil.rmtree(self.folder, ignore_errors=True)
        done = subprocess.run(
            [base, "-m", "venv", str(self.folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise console.Unprepared(
                "虚拟环境没有建成。",
                "Debian/Ubuntu:apt-get install python3-venv，然后再次运行同一条命令。",
                done.stdout + done.stderr,
            )

    def _install(self) -> None:
        console.say(f"… 正在安装 {self.lock_file.name} 里的软件包（首次约需半分钟，取决于网络）。")
        command = [
            str(self.python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ]
        command += ["--require-hashes", "--requirement", str(self.lock_file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return
        said = done.stdout + done.stderr
        if "Permission denied" in said:
            remedy = f"换用拥有 {self.folder} 的用户运行，或删除它后再次运行同一条命令。"
        elif "THESE PACKAGES DO NOT MATCH THE HASHES" in said:
            remedy = "下载到的文件与清单不符：请检查软件源（pip config list），不要绕过校验。"
        else:
            remedy = (
                "检查网络与 pip 的软件源设置（pip config list），然后再次运行同一条命令，已下载的不会重来。"
            )
        raise console.Unprepared("软件包没有装成。", remedy, said)
