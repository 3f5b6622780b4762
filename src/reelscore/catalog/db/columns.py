"""What all tables are made with: types of columns that are alike on SQLite and on MySQL or MariaDB.

Migrations use them too, so what they give a database is never changed: a new type is a new function.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import CHAR, Dialect, LargeBinary, MetaData, String, Text, TypeDecorator
from sqlalchemy.dialects import mysql

from reelscore.errors import StorageError

# Binary collation: "a", "A" and "á" are three ids, paths and names, as they are on SQLite.
MYSQL: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class JsonText(TypeDecorator[Any]):
    """JSON that is kept as text: MySQL's own JSON type forgets the order of keys, and ours has a meaning."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """LONGTEXT on MySQL, whose TEXT ends at 64 KB."""
        return dialect.type_descriptor(mysql.LONGTEXT() if dialect.name in ("mysql", "mariadb") else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Python value to JSON text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """JSON text to Python value; StorageError if it is no JSON."""
        return None if value is None else self.read(value)

    @staticmethod
    def read(text: str) -> Any:
        """JSON text to Python value; StorageError if it is no JSON."""
        try:
            return json.loads(text)
        except ValueError:
            raise StorageError("a stored text is no JSON any more; run `reelscore check --repair`") from None


def code(length: int) -> CHAR:
    """ASCII of one length, compared byte by byte."""
    text: CHAR = CHAR(length).with_variant(
        mysql.CHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    return text


def label(length: int) -> String:
    """ASCII of at most a length, compared byte by byte."""
    text: String = String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )
    return text


def blob() -> LargeBinary:
    """Bytes: LONGBLOB on MySQL, whose BLOB ends at 64 KB."""
    return LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def long_text() -> Text:
    """LONGTEXT on MySQL, whose TEXT ends at 64 KB."""
    return Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
