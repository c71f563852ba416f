"""System packages: checked cheaply, installed by apt-get as root, otherwise named."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cogov.bootstrap import console


@dataclass(frozen=True)
class Need:
    """One Debian package and how to see that what it brings is there."""

    package: str
    is_there: Callable[[], bool]


def library(name: str) -> Callable[[], bool]:
    """The dynamic linker finds this shared library."""

    def check() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return check


def program(*names: str) -> Callable[[], bool]:
    """One of these programs is on PATH or where Debian keeps it."""
    return lambda: find_program(*names) is not None


def find_program(*names: str) -> Path | None:
    """The first of these programs, on PATH or in PostgreSQL's own folders (the newest version first)."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
        versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
        for candidate in sorted(versions, key=lambda path: int(path.parts[4].split(".")[0]), reverse=True):
            return candidate
    return None


CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

VENV = (Need("python3-venv", lambda: False),)
PDF = (
    Need("libpango-1.0-0", library("libpango-1.0.so.0")),
    Need("libpangoft2-1.0-0", library("libpangoft2-1.0.so.0")),
    Need("libharfbuzz-subset0", library("libharfbuzz-subset.so.0")),
)
TEST_DATABASE = (Need("postgresql", program("initdb")),)
TEST_BROKER = (Need("redis-server", program("redis-server")),)
TEST_BROWSER = (Need("chromium", program(*CHROMIUM)),)
TEST_PRINT = (Need("poppler-utils", program("pdftoppm")),)


def missing(needs: Iterable[Need]) -> list[str]:
    """Packages whose content is not there. Elsewhere than on Linux nothing can be said: none."""
    if sys.platform != "linux":
        return []
    return [need.package for need in needs if not need.is_there()]


def ensure(needs: Iterable[Need], *, purpose: str) -> list[str]:
    """Install what is missing where we may; otherwise say what to install. Returns what is still missing."""
    needs = tuple(needs)
    packages = missing(needs)
    if packages and may_install():
        install(packages, purpose=purpose)
        packages = missing(needs)
    if packages:
        console.say(f"⚠ {purpose}还缺少系统软件包：{' '.join(packages)}")
        console.say(f"  请管理员安装：{install_hint(packages)}")
    return packages


def require(needs: Iterable[Need], *, purpose: str) -> None:
    """Like ensure for what nothing works without; Unprepared when it could not be installed."""
    packages = missing(needs)
    if packages and not (may_install() and install(packages, purpose=purpose)):
        raise console.Unprepared(
            f"{purpose}需要系统软件包 {' '.join(packages)}，但它没有安装。",
            f"请管理员安装：{install_hint(packages)}，然后再次运行同一条命令。",
        )


def may_install() -> bool:
    """Root on a system with apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_hint(packages: Iterable[str]) -> str:
    """The command a person types."""
    names = " ".join(packages)
    if shutil.which("apt-get"):
        return f"apt-get install {names}" if os.geteuid() == 0 else f"sudo apt-get install {names}"
    return f"{names}（Debian 的包名，其他系统请安装对应的包）"


def install(packages: list[str], *, purpose: str) -> bool:
    """apt-get install; refreshes the package lists only when they turn out stale. True on success."""
    console.say(f"… 正在安装系统软件包（{purpose}）：{' '.join(packages)}")
    if _apt(["install", *packages]).returncode == 0:
        return True
    _apt(["update"])  # a foreign source may fail here; whether the install then works is what counts
    done = _apt(["install", *packages])
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        console.say("\n".join(f"    {line}" for line in lines[-6:]))
    return done.returncode == 0


def _apt(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    options = ["-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    command = ["apt-get", *options, *arguments]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
