"""Statements past the catalogue, for tests that damage what it stored."""

from __future__ import annotations

import sqlalchemy as sa


def run_sql(url: str, *statements: str) -> None:
    """Run statements with the foreign keys switched off, on any database."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        if engine.dialect.name != "sqlite":  # where they are off unless somebody asks for them
            connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        for statement in statements:
            connection.exec_driver_sql(statement)
