"""Hand overdue objections to the township."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cogov.access.scope import SystemActor
from notices.services import escalate_overdue


class Command(BaseCommand):
    help = "把超过10日没有答复的异议转乡镇督办；重复执行不会重复转办"

    def handle(self, *args: Any, **options: Any) -> None:
        count = escalate_overdue(actor=SystemActor("异议督办"))
        self.stdout.write(f"转乡镇督办 {count} 件")
