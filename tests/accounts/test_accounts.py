"""Users, sessions and tokens: what is kept of a secret, and when it stops to count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from raw_sql import run_sql
from reelscore.accounts import passwords, service
from reelscore.accounts.attempts import ATTEMPTS, NAME_ATTEMPTS, Allowance, SignIns
from reelscore.accounts.service import Accounts, user_name
from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.records import Role


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'library.sqlite3'}"


@pytest.fixture
def accounts(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    monkeypatch.setattr(passwords, "_N", 16)  # the slowness is not what is tested
    service._nobodys.cache_clear()
    catalog = Catalog(url)
    yield Accounts(catalog.accounts)
    catalog.close()
    service._nobodys.cache_clear()


def test_a_hash_has_its_parameters_and_never_the_password() -> None:
    one, other = passwords.hash_password("correct horse"), passwords.hash_password("correct horse")
    assert one != other and "horse" not in one
    assert one.startswith("scrypt$16384$8$5$")
    assert passwords.matches("correct horse", one) and not passwords.matches("correct horses", one)


@pytest.mark.parametrize(
    "stored", ["", "x", "md5$1$1$1$YQ==$YQ==", "scrypt$a$8$5$YQ==$YQ==", "scrypt$3$8$1$YQ==$YQ=="]
)
def test_what_is_no_hash_matches_nothing(stored: str) -> None:
    assert not passwords.matches("correct horse", stored)


def test_other_parameters_are_read_from_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_N", 32)
    old = passwords.hash_password("correct horse")
    monkeypatch.undo()
    assert passwords.matches("correct horse", old)


def test_letters_of_two_code_points_are_one(accounts: Accounts) -> None:
    accounts.add("anna", Role.VIEWER, "Stra\u00dfe u\u0308ber")
    assert accounts.check_password("Anna ", "Stra\u00dfe \u00fcber") is not None


def test_a_name_is_folded_and_taken_once(accounts: Accounts) -> None:
    assert accounts.add("Anna", Role.EDITOR, "correct horse").name == "anna"
    with pytest.raises(InvalidInputError, match="already"):
        accounts.add("ANNA", Role.ADMIN, "correct horse")


@pytest.mark.parametrize("name", ["", "a b", "../x", "ä", "x" * 65, "-x", "a\nb", "a\x00"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be a user's name"):
        user_name(name)


def test_name_and_password_belong_together(accounts: Accounts) -> None:
    accounts.add("anna", Role.EDITOR, "correct horse")
    accounts.add("proxy", Role.EDITOR, None)
    assert accounts.check_password("anna", "correct horse") is not None
    for name, password in (("anna", "wrong"), ("nobody", "correct horse"), ("proxy", ""), ("' OR 1=1", "x")):
        assert accounts.check_password(name, password) is None
    with pytest.raises(InvalidInputError, match="8 to 1000"):
        accounts.add("short", Role.EDITOR, "seven77")


def test_the_database_has_no_secret(accounts: Accounts, url: str) -> None:
    user = accounts.add("anna", Role.EDITOR, "correct horse")
    session = accounts.open_session(user)
    token, _ = accounts.make_token(user, "farm", scope=Role.VIEWER, days=None)
    accounts.store._engine.dispose()
    kept = b"".join(path.read_bytes() for path in Path(url.removeprefix("sqlite:///")).parent.iterdir())
    for secret in ("correct horse", session, token):
        assert secret.encode() not in kept


def test_a_session_ends_when_it_is_over_or_signed_out(accounts: Accounts, url: str) -> None:
    user = accounts.add("anna", Role.EDITOR, "correct horse")
    first, other = accounts.open_session(user), accounts.open_session(user)
    assert accounts.session_user(first) == user
    accounts.close_session(first)
    assert accounts.session_user(first) is None and accounts.session_user(other) == user
    run_sql(url, "UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000000Z'")
    assert accounts.session_user(other) is None
    third = accounts.open_session(user)
    accounts.set_password("anna", "another horse")
    assert accounts.session_user(third) is None


def test_signing_in_again_ends_the_session_from_before(accounts: Accounts) -> None:
    user = accounts.add("anna", Role.EDITOR, "correct horse")
    old = accounts.open_session(user)
    new = accounts.open_session(user, instead_of=old)
    assert new != old and accounts.session_user(old) is None


def test_a_token_may_no_more_than_its_scope_and_its_user_now(accounts: Accounts, url: str) -> None:
    user = accounts.add("anna", Role.EDITOR, "correct horse")
    with pytest.raises(InvalidInputError, match="cannot be admin"):
        accounts.make_token(user, "farm", scope=Role.ADMIN, days=1)
    low, _ = accounts.make_token(user, "farm", scope=Role.VIEWER, days=1)
    high, kept = accounts.make_token(user, "desk", scope=Role.EDITOR, days=None)
    roles = [found.role for found in map(accounts.token_user, (low, high)) if found]
    assert roles == [Role.VIEWER, Role.EDITOR]
    accounts.store.change_user("anna", role="viewer")
    assert [found.role for found in map(accounts.token_user, (low, high)) if found] == [Role.VIEWER] * 2
    run_sql(
        url, "UPDATE api_tokens SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE expires_at IS NOT NULL"
    )
    assert accounts.token_user(low) is None and accounts.token_user(high) is not None
    accounts.store.remove_token("anna", kept.id)
    assert accounts.token_user(high) is None
    with pytest.raises(NotFoundError):
        accounts.store.remove_token("anna", kept.id)


def test_a_user_goes_with_all_that_they_are_signed_in_with(accounts: Accounts) -> None:
    user = accounts.add("anna", Role.EDITOR, "correct horse")
    session = accounts.open_session(user)
    token, _ = accounts.make_token(user, "farm", scope=Role.VIEWER, days=1)
    accounts.store.remove_user("anna")
    assert accounts.session_user(session) is None and accounts.token_user(token) is None
    assert not accounts.store.has_users()


def test_turns_come_again_with_time() -> None:
    moment = [0.0]
    turns = Allowance(2, 10, clock=lambda: moment[0])
    assert [turns.take("a"), turns.take("a"), turns.take("a"), turns.take("b")] == [0, 0, 5, 0]
    moment[0] = 5
    assert [turns.take("a"), turns.take("a")] == [0, 5]
    turns.give_back("a")
    assert turns.take("a") == 0


def test_a_crowd_of_keys_is_forgotten() -> None:
    turns = Allowance(1, 10, most_keys=3, clock=lambda: 0.0)
    for number in range(50):
        turns.take(str(number))
    assert len(turns._left) == 3


def test_guessing_is_slowed_from_one_address_and_under_one_name() -> None:
    tries = SignIns(clock=lambda: 0.0)
    assert not any(tries.take("10.0.0.1", f"name{number}") for number in range(ATTEMPTS))
    assert tries.take("10.0.0.1", "anna") > 0
    spread = [
        tries.take(f"10.1.{number // 250}.{number % 250}", "anna") for number in range(NAME_ATTEMPTS + 1)
    ]
    assert not any(spread[:-1]) and spread[-1] > 0


def test_sessions_last_two_weeks() -> None:
    assert timedelta(days=1) < service.SESSION_LENGTH <= timedelta(days=31)
