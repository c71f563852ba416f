"""Append-only guards: triggers that refuse UPDATE, DELETE, TRUNCATE and REPLACE on both databases (design.md 3.6).

They are re-created after every migrate and verified at start-up. Nothing in the application turns them off;
``suspended`` exists for restoring a backup and for tests that must tamper.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

MESSAGE = "append-only"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION cogov_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{MESSAGE}: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def guarded_models(app_label: str | None = None) -> list[type[models.Model]]:
    """Every concrete model whose rows may only be added."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if getattr(model, "append_only", False) and app_label in (None, model._meta.app_label)
    ]


def _names(table: str) -> dict[str, str]:
    return {
        "update": f"{table}_no_update",
        "delete": f"{table}_no_delete",
        "truncate": f"{table}_no_truncate",
    }


def _create(connection: BaseDatabaseWrapper, table: str) -> None:
    names, quote = _names(table), connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for operation in ("update", "delete"):
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {quote(names[operation])} BEFORE {operation.upper()} ON {quote(table)} "
                    "FOR EACH ROW EXECUTE FUNCTION cogov_refuse_change()"
                )
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER {quote(names['truncate'])} BEFORE TRUNCATE ON {quote(table)} "
                "FOR EACH STATEMENT EXECUTE FUNCTION cogov_refuse_change()"
            )
        else:
            for operation in ("update", "delete"):
                cursor.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {quote(names[operation])} BEFORE {operation.upper()} "
                    f"ON {quote(table)} BEGIN SELECT RAISE(ABORT, '{MESSAGE}: {operation} on {table}'); END"
                )


def _drop(connection: BaseDatabaseWrapper, table: str) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name in _names(table).values():
            suffix = f" ON {quote(table)}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {quote(name)}{suffix}")


def install(connection: BaseDatabaseWrapper, guarded: list[type[models.Model]]) -> None:
    """Create the triggers of these models where their tables exist."""
    if not guarded:
        return
    tables = set(connection.introspection.table_names())
    present = [model._meta.db_table for model in guarded if model._meta.db_table in tables]
    if present and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_FUNCTION)
    for table in present:
        _create(connection, table)


def install_for_app(connection: BaseDatabaseWrapper, app_config: AppConfig) -> None:
    """Create the triggers of one app's models; runs after every migrate."""
    install(connection, guarded_models(app_config.label))


def install_all(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers of every guarded model."""
    install(connection, guarded_models())


def verify(connection: BaseDatabaseWrapper) -> list[str]:
    """What is missing, in Chinese; empty when every existing guarded table is guarded."""
    tables = set(connection.introspection.table_names())
    problems: list[str] = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
            wanted = ("update", "delete", "truncate")
        else:
            cursor.execute("PRAGMA recursive_triggers")
            if cursor.fetchone() != (1,):
                problems.append("SQLite 未打开 recursive_triggers,REPLACE 语句会绕过保护")
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            wanted = ("update", "delete")
        existing = {row[0] for row in cursor.fetchall()}
    for model in guarded_models():
        table = model._meta.db_table
        if table in tables:
            missing = [name for key, name in _names(table).items() if key in wanted and name not in existing]
            problems.extend(f"表 {table} 缺少只增不改的触发器 {name}" for name in missing)
    return problems


def require_guards() -> None:
    """Refuse to start without guards. Raises ImproperlyConfigured that says how to mend it."""
    from django.db import connection  # noqa: PLC0415 - the connection of the running process

    problems = verify(connection)
    if problems:
        raise ImproperlyConfigured(f"账本保护不完整，请运行 manage.py migrate 恢复：{';'.join(problems)}")


@contextmanager
def suspended(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Lift the guards: for restoring a backup, and for tests that tamper on purpose."""
    tables = set(connection.introspection.table_names())
    guarded = [model._meta.db_table for model in guarded_models() if model._meta.db_table in tables]
    for table in guarded:
        _drop(connection, table)
    try:
        yield
    finally:
        install_all(connection)
