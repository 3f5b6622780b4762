"""Migrations on MySQL that can be run again if they were cut off.

MySQL and MariaDB commit at every CREATE and ALTER, so a process that is killed within a migration leaves half
of it, under the old revision. So each step looks first whether it was done before.
"""

from __future__ import annotations

from typing import Any

from alembic.ddl.mysql import MySQLImpl
from sqlalchemy import Column, Connection, Index, Table, inspect


class ResumingImpl(MySQLImpl):
    """Alembic's steps for MySQL; the class registers itself under the name of its dialect."""

    __dialect__ = "mysql"

    def create_table(self, table: Table, **kw: Any) -> None:
        """Make a table unless it is there; its indexes are steps of their own."""
        if not self._has_table(table.name):
            super().create_table(table, **kw)

    def drop_table(self, table: Table, **kw: Any) -> None:
        """Drop a table if it is there."""
        if self._asked is None or self._has_table(table.name):
            super().drop_table(table, **kw)

    def create_index(self, index: Index, **kw: Any) -> None:
        """Make an index unless it is there."""
        if index.table is None or index.name not in self._names("indexes", index.table.name):
            super().create_index(index, **kw)

    def drop_index(self, index: Index, **kw: Any) -> None:
        """Drop an index if it is there."""
        if (
            self._asked is None
            or index.table is None
            or index.name in self._names("indexes", index.table.name)
        ):
            super().drop_index(index, **kw)

    def add_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        """Add a column unless it is there."""
        if column.name not in self._names("columns", table_name):
            super().add_column(table_name, column, **kw)

    def drop_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        """Drop a column if it is there."""
        if self._asked is None or column.name in self._names("columns", table_name):
            super().drop_column(table_name, column, **kw)

    @property
    def _asked(self) -> Connection | None:
        """The database to look at; None if the statements are only written down."""
        return None if self.as_sql else self.connection

    def _has_table(self, table: str) -> bool:
        return self._asked is not None and inspect(self._asked).has_table(table)

    def _names(self, kind: str, table: str) -> set[str | None]:
        if self._asked is None or not self._has_table(table):
            return set()
        found = inspect(self._asked)
        rows = found.get_columns(table) if kind == "columns" else found.get_indexes(table)
        return {row["name"] for row in rows}
