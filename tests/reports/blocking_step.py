"""A close step for a real worker that is to be killed: in one village the first worker to come stays for ever."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from cogov.audit.services import record
from cogov.desk.registry import CloseStep, register_close_step

BLOCKED = "421223101202"
MARK = "worker-is-inside"


def effect(actor: Any, village: Any, _period: Any) -> dict[str, Any]:
    record(actor=actor, action="sample.effect", summary=f"过账 {village}", village_code=village.code)
    mark = Path(os.environ["COGOV_DATA_DIR"]) / MARK
    if village.code == BLOCKED and not mark.exists():
        mark.touch()
        threading.Event().wait()
    return {"entries": 1}


register_close_step(CloseStep("sample.effect", "试验", 900, effect))
