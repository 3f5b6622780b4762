"""Users, the browsers that are signed in, and the tokens of programs. Only hashes of secrets come here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, delete, func, insert, or_, select, update

from reelscore.catalog.base import Store, insert_new
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.records import ROLES, ApiToken, Role, User

_USERS = schema.users.c
_SESSIONS = schema.sessions.c
_TOKENS = schema.api_tokens.c
_SHOWN = 12  # characters of a token's hash by which it is named


class AccountStore(Store):
    """The accounts of a library."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def users(self) -> list[User]:
        """All users, by name."""
        with reading(self._engine) as connection:
            return [_user(row) for row in connection.execute(select(schema.users).order_by(_USERS.name))]

    def has_users(self) -> bool:
        """Whether there is any user."""
        with reading(self._engine) as connection:
            return connection.execute(select(_USERS.name).limit(1)).first() is not None

    def user(self, name: str) -> User | None:
        """One user; None if there is none of this name."""
        return self._one_user(_USERS.name == name)

    def user_of_subject(self, subject: str) -> User | None:
        """The user whom an OpenID provider knows as this."""
        return self._one_user(_USERS.subject == subject)

    def _one_user(self, condition: Any) -> User | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(schema.users).where(condition)).first()
        return _user(row) if row else None

    def password_of(self, name: str) -> str | None:
        """The hash of a user's password; None if they have none, or there is no such user."""
        with reading(self._engine) as connection:
            found: str | None = connection.execute(
                select(_USERS.password).where(_USERS.name == name)
            ).scalar()
            return found

    def add_user(
        self, name: str, role: Role, *, password: str | None = None, subject: str | None = None
    ) -> User:
        """Keep a new user; InvalidInputError if the name is taken."""
        row = {
            "name": name,
            "role": role.word,
            "password": password,
            "subject": subject,
            "created_at": now(),
        }

        def work(connection: Connection) -> User:
            if connection.execute(select(_USERS.name).where(_USERS.name == name)).first() is not None:
                raise InvalidInputError(f"there is a user {name!r} already")
            connection.execute(insert(schema.users), row)
            return _found_user(connection, name)

        return write(self._engine, work)

    def change_user(self, name: str, **values: Any) -> User:
        """Change the columns of a user; NotFoundError if there is none of this name."""

        def work(connection: Connection) -> User:
            _found_user(connection, name)
            connection.execute(update(schema.users).where(_USERS.name == name).values(values))
            return _found_user(connection, name)

        return write(self._engine, work)

    def remove_user(self, name: str) -> User:
        """Forget a user, with all that they are signed in with."""

        def work(connection: Connection) -> User:
            user = _found_user(connection, name)
            for table in (schema.sessions, schema.api_tokens):
                connection.execute(delete(table).where(table.c.user == name))
            connection.execute(delete(schema.users).where(_USERS.name == name))
            return user

        return write(self._engine, work)

    def add_session(self, session: str, name: str, expires_at: str) -> None:
        """Keep a browser that signed in; those whose time is over are forgotten."""
        row = {"id": session, "user": name, "created_at": now(), "expires_at": expires_at}

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.sessions).where(_SESSIONS.expires_at <= now()))
            insert_new(connection, schema.sessions, row)

        write(self._engine, work)

    def session_user(self, session: str) -> User | None:
        """The user of a session that is not over."""
        return self._owner(schema.sessions, _SESSIONS.id == session, _SESSIONS.expires_at > now())

    def remove_sessions(self, *, session: str | None = None, name: str | None = None) -> None:
        """Sign out: one browser, or every browser of a user."""
        condition = _SESSIONS.id == session if session is not None else _SESSIONS.user == name
        write(self._engine, lambda connection: connection.execute(delete(schema.sessions).where(condition)))

    def tokens(self, name: str) -> list[ApiToken]:
        """The tokens of a user, the oldest first."""
        query = select(schema.api_tokens).where(_TOKENS.user == name).order_by(_TOKENS.created_at)
        with reading(self._engine) as connection:
            return [_token(row) for row in connection.execute(query)]

    def add_token(self, hashed: str, name: str, label: str, scope: Role, expires_at: str | None) -> ApiToken:
        """Keep the hash of a new token."""
        row = {
            "id": hashed,
            "user": name,
            "label": label,
            "scope": scope.word,
            "created_at": now(),
            "expires_at": expires_at,
        }

        def work(connection: Connection) -> None:
            _found_user(connection, name)
            insert_new(connection, schema.api_tokens, row)

        write(self._engine, work)
        return ApiToken(hashed[:_SHOWN], name, label, scope, str(row["created_at"]), expires_at)

    def token_user(self, hashed: str) -> tuple[User, Role] | None:
        """The user of a token that is not over, and the most that the token may do."""
        lasting = or_(_TOKENS.expires_at.is_(None), _TOKENS.expires_at > now())
        user = self._owner(schema.api_tokens, _TOKENS.id == hashed, lasting)
        if user is None:
            return None
        with reading(self._engine) as connection:
            scope = connection.execute(select(_TOKENS.scope).where(_TOKENS.id == hashed)).scalar()
        return (user, ROLES[scope]) if scope in ROLES else None

    def remove_token(self, name: str, token_id: str) -> None:
        """Forget a token of a user; NotFoundError if they have none of this id."""
        condition = (_TOKENS.user == name, func.substr(_TOKENS.id, 1, _SHOWN) == token_id)

        def work(connection: Connection) -> None:
            if not connection.execute(delete(schema.api_tokens).where(*condition)).rowcount:
                raise NotFoundError(f"{name} has no token {token_id!r}")

        write(self._engine, work)

    def _owner(self, table: Table, *conditions: Any) -> User | None:
        query = select(schema.users).join(table, table.c.user == _USERS.name).where(*conditions)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return _user(row) if row else None


def _found_user(connection: Connection, name: str) -> User:
    row = connection.execute(select(schema.users).where(_USERS.name == name)).first()
    if row is None:
        raise NotFoundError(f"there is no user {name!r}")
    return _user(row)


def _user(row: Row[Any]) -> User:
    # A role that nobody knows is none: a newer version may have written it.
    role = ROLES.get(row.role, Role.NOBODY)
    return User(row.name, role, row.created_at, row.password is not None, row.subject)


def _token(row: Row[Any]) -> ApiToken:
    scope = ROLES.get(row.scope, Role.NOBODY)
    return ApiToken(row.id[:_SHOWN], row.user, row.label, scope, row.created_at, row.expires_at)
