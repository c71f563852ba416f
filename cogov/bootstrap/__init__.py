"""Prepares a bare machine so that ``python3 manage.py …`` just works.

Plain standard library, Python 3.11 and newer: this runs before Django is there. ``prepare`` returns only inside the
project's own virtual environment with the pinned packages; otherwise it builds that environment and starts over in it,
or ends with a message that names what is missing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cogov.bootstrap import console, environment, system

MINIMUM = (3, 11)
DEFAULT_SETTINGS = {"test": "cogov.settings.test", "demo": "cogov.settings.demo"}


def prepare(root: Path, argv: list[str]) -> None:
    """Return inside the prepared environment, or replace this process by one that runs there. Exits 1 on failure."""
    command = argv[1] if len(argv) > 1 else ""
    try:
        if sys.version_info < MINIMUM:
            raise console.Unprepared(
                f"需要 Python 3.11 或更新的版本，现在是 {sys.version.split()[0]}。",
                "Debian 12 / Ubuntu 24.04:apt-get install python3",
            )
        venv = environment.Environment(root, development=command == "test")
        if not venv.is_ready():
            venv.build()
            system.ensure(system.PDF, purpose="打印 PDF")
        if not venv.is_running():
            venv.start_over(argv)
        choose_settings(root, command)
    except console.Unprepared as problem:
        problem.show()
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        console.say("已中断；再次运行同一条命令会接着准备。")
        raise SystemExit(130) from None


def choose_settings(root: Path, command: str) -> None:
    """The settings module of ``command``; raises Unprepared when the demo's data folder is not ours to write."""
    if command in DEFAULT_SETTINGS:
        os.environ["DJANGO_SETTINGS_MODULE"] = DEFAULT_SETTINGS[command]
    if os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.demo") != "cogov.settings.demo":
        return
    folder = Path(os.environ.get("COGOV_DATA_DIR") or root / "var" / "demo").absolute()
    keys = folder / "keys.json"
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK) or (keys.exists() and not os.access(keys, os.R_OK)):
        raise console.Unprepared(
            f"数据目录 {folder} 不归当前用户所有，不能读写。",
            "换用拥有它的用户运行，或用环境变量 COGOV_DATA_DIR 另指一个目录。",
        )
