"""Passwords stay out of error lines, and advice stays in them."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from reelscore.catalog.db.engine import storage_error

pymysql = pytest.importorskip("pymysql")


def told(password: str, code: int, text: str) -> str:
    engine = create_engine("mysql+pymysql://", pool_pre_ping=False)
    engine.url = engine.url.set(username="me", password=password, host="db", database="reelscore")
    cause = pymysql.err.OperationalError(code, text)
    return str(storage_error(engine, OperationalError("SELECT 1", {}, cause)))


@pytest.mark.parametrize("password", ["PASSWORD", "DB", "user", "check"])
def test_advice_is_whole_whatever_the_password_is(password: str) -> None:
    line = told(password, 1045, "Access denied for user 'me'@'db' (using password: YES)")
    assert "DB_USER and DB_PASSWORD" in line
    assert f":{password}@" not in line


@pytest.mark.parametrize("password", ["hunter2", "s3cret/of:the@tests", "a b"])
def test_a_password_is_in_no_address_and_no_quotes(password: str) -> None:
    from urllib.parse import quote

    text = f"cannot parse mysql://me:{quote(password, safe='')}@db/reelscore and '{password}' of {password!r}"
    line = told(password, 2003, text)
    assert password not in line and quote(password, safe="") not in line
