#!/usr/bin/env python3
"""CoGov's command line. On a machine without .venv it prepares one first (cogov.bootstrap)."""

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cogov.bootstrap import prepare

if __name__ == "__main__":
    prepare(Path(__file__).resolve().parent, sys.argv)

    gc.set_threshold(20_000, 20, 20)  # what start-up makes is not garbage

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
