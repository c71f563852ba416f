"""The forms in which documents are printed, and the paper that each needs. Pure."""

from __future__ import annotations

from typing import Literal

Form = Literal["document", "minutes", "certificate", "receipt"]
PAPERS: dict[Form, str] = {"document": "A4", "minutes": "A4", "certificate": "A4横向", "receipt": "A5横向"}
CERTIFICATE_CHARACTERS = 240
"""What fits on a certificate in type that can be read on a wall."""
