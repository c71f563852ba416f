"""Secret keys of a demo or test installation: made once, kept in the data directory, readable by its owner only."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def load_or_create(file: Path) -> dict[str, str]:
    """The keys in ``file``; creates them on first use (mode 600)."""
    if file.exists():
        return dict(json.loads(file.read_text("utf-8")))
    file.parent.mkdir(parents=True, exist_ok=True)
    keys = {
        "secret_key": secrets.token_urlsafe(48),
        "encryption_key": Fernet.generate_key().decode(),
        "hash_key": secrets.token_urlsafe(32),
    }
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(keys), "utf-8")
    try:
        os.link(draft, file)  # atomic: a second process that was faster keeps its keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return dict(json.loads(file.read_text("utf-8")))
