"""The database as the migrations left it, brought back after a test that committed.

Works on append-only tables too: SQLite copies the whole database back page by page, PostgreSQL deletes and refills
with triggers off (a superuser's right; the private cluster of ``manage.py test`` gives it).
"""

from __future__ import annotations

import sqlite3

from django.db.backends.base.base import BaseDatabaseWrapper

_copies: dict[str, sqlite3.Connection] = {}

_POSTGRESQL = """
DROP SCHEMA IF EXISTS pristine CASCADE;
CREATE SCHEMA pristine;
CREATE TABLE pristine.filled (name text PRIMARY KEY, columns text NOT NULL);
DO $do$
DECLARE one record; has_rows boolean;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', one.tablename) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', 'copy_' || one.tablename, one.tablename);
            INSERT INTO pristine.filled SELECT one.tablename, string_agg(quote_ident(column_name), ', ')
                FROM information_schema.columns WHERE table_schema = 'public' AND table_name = one.tablename
                AND is_generated = 'NEVER';
        END IF;
    END LOOP;
END $do$;
CREATE TABLE pristine.counters AS
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
CREATE FUNCTION pristine.restore() RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE one record;
BEGIN
    SET LOCAL lock_timeout = '20s';
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', one.tablename);
    END LOOP;
    FOR one IN SELECT name, columns FROM pristine.filled LOOP
        EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM pristine.%I',
                       one.name, one.columns, one.columns, 'copy_' || one.name);
    END LOOP;
    FOR one IN SELECT sequencename, last_value FROM pristine.counters LOOP
        PERFORM setval(format('public.%I', one.sequencename)::regclass, coalesce(one.last_value, 1),
                       one.last_value IS NOT NULL);
    END LOOP;
END $fn$;
"""


def remember(connection: BaseDatabaseWrapper) -> None:
    """Keep the present content; once per session, right after the migrations."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        copy = _copies[connection.alias] = sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.backup(copy)
    else:
        with connection.cursor() as cursor:
            cursor.execute(_POSTGRESQL)


def restore(connection: BaseDatabaseWrapper) -> None:
    """Bring the remembered content back."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        _copies[connection.alias].backup(connection.connection)
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pristine.restore()")
