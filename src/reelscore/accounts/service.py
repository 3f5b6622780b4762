"""Users of a library: making them, signing them in, and knowing them again.

What a browser or a program shows is random and kept nowhere: the database has its SHA-256 alone, so that
whoever reads a copy of it cannot sign in. A password is hashed slowly, since people choose it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from datetime import UTC, datetime, timedelta
from functools import cache

from reelscore.accounts.passwords import check_new, hash_password, matches
from reelscore.catalog.accounts import AccountStore
from reelscore.catalog.convert import time_text
from reelscore.errors import InvalidInputError
from reelscore.records import ApiToken, Role, User

SESSION_LENGTH = timedelta(days=14)
TOKEN_PREFIX = "rs_"  # by which a token is known for one, also by those who look for secrets in files
LONGEST_LABEL = 100

_LONGEST_DAYS = 36_500
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
# Hashes at once: each takes 16 MB and a core.
_HASHING = threading.BoundedSemaphore(2)


def user_name(text: str) -> str:
    """A name as it is kept; InvalidInputError if it cannot be one."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{text[:80]!r} cannot be a user's name: it has 1 to 64 letters a-z, digits and . _ @ + -"
        )
    return name


def end_of(kind: str, days: float | None) -> str | None:
    """When something ends that lasts some days; None: it does not end. InvalidInputError if it cannot."""
    if days is not None and not 0 < days <= _LONGEST_DAYS:
        raise InvalidInputError(f"{kind} lasts more than 0 and at most {_LONGEST_DAYS} days")
    return None if days is None else time_text(datetime.now(UTC) + timedelta(days=days))


def hashed(secret: str) -> str:
    """What the database keeps of a secret of ours."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Accounts:
    """The users of one library."""

    def __init__(self, store: AccountStore) -> None:
        self.store = store

    def add(self, name: str, role: Role, password: str | None) -> User:
        """Make a user; without a password they sign in elsewhere.

        Raises
        ------
        InvalidInputError
            The name is taken or cannot be one, or the password is too short.
        """
        name = user_name(name)
        return self.store.add_user(name, role, password=None if password is None else _hash(password))

    def set_password(self, name: str, password: str) -> User:
        """Give a user another password, and sign every browser of theirs out."""
        user = self.store.change_user(user_name(name), password=_hash(password))
        self.store.remove_sessions(name=user.name)
        return user

    def check_password(self, name: str, password: str) -> User | None:
        """The user of a name and a password; None if either is wrong. Takes 0.2 s either way."""
        folded = name.strip().lower()
        stored = self.store.password_of(folded) if _NAME.fullmatch(folded) else None
        with _HASHING:
            right = matches(password, stored or _nobodys())  # an unknown name takes as long
        return self.store.user(folded) if right and stored else None

    def open_session(self, user: User, *, instead_of: str | None = None) -> str:
        """Sign a browser in: a new secret for its cookie.

        The session that it came with ends, so that nobody can plant one (session fixation).
        """
        if instead_of is not None:
            self.store.remove_sessions(session=hashed(instead_of))
        secret = secrets.token_urlsafe(32)
        self.store.add_session(hashed(secret), user.name, time_text(datetime.now(UTC) + SESSION_LENGTH))
        return secret

    def session_user(self, secret: str) -> User | None:
        """Whom the secret of a cookie belongs to."""
        return self.store.session_user(hashed(secret))

    def close_session(self, secret: str) -> None:
        """Sign a browser out."""
        self.store.remove_sessions(session=hashed(secret))

    def make_token(self, user: User, label: str, *, scope: Role, days: float | None) -> tuple[str, ApiToken]:
        """A new token of a user, which is given once, and what is kept of it.

        Parameters
        ----------
        scope
            The most that it may do.
        days
            How long it lasts; None: until it is removed.

        Raises
        ------
        InvalidInputError
            The user may do less than the scope, or the label or the days cannot be used.
        """
        label = label.strip()
        if not 0 < len(label) <= LONGEST_LABEL:
            raise InvalidInputError(f"a token has a label of 1 to {LONGEST_LABEL} characters")
        if scope > user.role:
            raise InvalidInputError(f"{user.name} is {user.role.word}, so a token cannot be {scope.word}")
        expires = end_of("a token", days)
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        return secret, self.store.add_token(hashed(secret), user.name, label, scope, expires)

    def token_user(self, secret: str) -> User | None:
        """Whom a token belongs to, as the token may be: no more than its scope, and than its user is now."""
        found = self.store.token_user(hashed(secret))
        if found is None:
            return None
        user, scope = found
        return User(user.name, min(user.role, scope), user.created_at)


def _hash(password: str) -> str:
    check_new(password)
    with _HASHING:
        return hash_password(password)


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe(16))
