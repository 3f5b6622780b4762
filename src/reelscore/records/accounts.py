"""Who asks: users, what they may do, and the tokens of their programs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

CALLER = "reelscore_caller"  # where the scope of a request keeps who asks; what comes from outside has none


class Role(IntEnum):
    """What somebody may do; each role includes those before it."""

    NOBODY = 0  # has not said who they are
    VIEWER = 1  # looks and asks, and changes nothing that is kept
    EDITOR = 2  # fills and changes the library, works on projects, analyses films
    ADMIN = 3  # looks after the server

    @property
    def word(self) -> str:
        """Its name for people and in the database."""
        return self.name.lower()


RoleName = Literal["viewer", "editor", "admin"]
ROLES = {role.word: role for role in Role if role is not Role.NOBODY}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `subject` is who they are at an OpenID provider, "issuer subject"."""

    name: str
    role: Role
    created_at: str = ""  # ISO 8601, UTC
    has_password: bool = False
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a program of a user shows; the token itself is kept nowhere."""

    id: str  # the beginning of its hash
    user: str
    label: str
    scope: Role  # the most that it may do, whatever its user may
    created_at: str
    expires_at: str | None  # None: never


@dataclass(frozen=True, slots=True)
class ProjectShare:
    """A link to a project; its secret is kept nowhere."""

    id: str  # the beginning of its hash
    project_id: str
    may_change: bool  # also judge and place songs, and set hit points
    made_by: str  # "": nobody signs in
    created_at: str
    expires_at: str | None  # None: never
