"""`reelscore users`, alone and beside a server."""

from __future__ import annotations

import io
import sys

import pytest

from cli_commands import Outcome, Reelscore

PASSWORD = "correct horse battery"


@pytest.mark.usefixtures("served")
def test_a_user_is_made_changed_given_a_token_and_removed(
    reelscore: Reelscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(*words: str, password: str = PASSWORD) -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        return reelscore("users", *words)

    assert "no users" in reelscore("users", "list").out
    assert typed("add", "anna", "--role", "editor", "--json").json["has_password"] is True
    assert "signs in elsewhere" in reelscore("users", "add", "bert", "--no-password").out
    assert "already" in typed("add", "anna").err
    assert "no password came" in typed("add", "carl", password="").err
    listed = reelscore("users", "list", "--json").json["users"]
    assert [(user["name"], user["role"]) for user in listed] == [("anna", "editor"), ("bert", "viewer")]

    assert reelscore("users", "role", "bert", "admin", "--json").json["role"] == "admin"
    assert typed("password", "bert", "--json").json["has_password"] is True
    assert reelscore("users", "sign-out", "bert").code == 0
    assert "there is no user 'carl'" in reelscore("users", "sign-out", "carl").err

    made = reelscore("users", "token", "add", "anna", "--label", "script", "--days", "0", "--json").json
    assert len(made["token"]) > 20 and made["expires_at"] is None
    shown = reelscore("users", "token", "list", "anna")
    assert f"{made['id']}  viewer  until it is removed  script" in shown.out
    assert made["token"] not in shown.out
    assert reelscore("users", "token", "remove", "anna", made["id"]).code == 0
    assert "no tokens" in reelscore("users", "token", "list", "anna").out

    assert reelscore("users", "remove", "anna", "--json").json["name"] == "anna"
    assert [user["name"] for user in reelscore("users", "list", "--json").json["users"]] == ["bert"]
