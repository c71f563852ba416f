"""Re-encrypt personal data under the first key."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from cogov.access.encryption import rotate_text
from cogov.access.fields import EncryptedField, KeyedHashField
from cogov.access.scope import SystemActor
from cogov.audit.services import record

BATCH = 1000


class Command(BaseCommand):
    help = (
        "更换密钥：把新密钥放在 COGOV_ENCRYPTION_KEYS 的第一位、旧密钥留在后面，然后运行本命令，"
        "全部个人信息会用新密钥重新加密，检索用的摘要按现在的 COGOV_HASH_KEY 重算；完成后即可去掉旧密钥。可重复运行。"
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        total = 0
        for model in apps.get_models():
            encrypted = [field for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]
            hashed = [field for field in model._meta.concrete_fields if isinstance(field, KeyedHashField)]
            if not encrypted:
                continue
            names = [field.attname for field in (*encrypted, *hashed)]
            last, count = 0, 0
            while True:
                with transaction.atomic():
                    batch = (
                        model._default_manager.filter(pk__gt=last).order_by("pk").only("pk", *names)[:BATCH]
                    )
                    rows = list(batch.select_for_update() if connection.vendor == "postgresql" else batch)
                    for row in rows:
                        for hash_field in hashed:
                            setattr(row, hash_field.attname, hash_field.compute(row))
                        for field in encrypted:
                            value = getattr(row, field.attname)
                            setattr(row, field.attname, field.value_type(token=rotate_text(value.token)))
                    model._default_manager.bulk_update(rows, names, batch_size=200)
                if not rows:
                    break
                last, count = rows[-1].pk, count + len(rows)
            total += count
            self.stdout.write(f"{model._meta.verbose_name}：{count} 行")
        record(
            actor=SystemActor("更换密钥"),
            action="access.rotate_keys",
            summary=f"更换密钥，重新加密 {total} 行",
        )
        self.stdout.write(f"完成，共 {total} 行")
