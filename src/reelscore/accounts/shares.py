"""Links to one project: whoever has the address may look at it, or work on it, without signing in."""

from __future__ import annotations

import secrets

from reelscore.accounts.service import end_of, hashed
from reelscore.catalog.shares import ShareStore
from reelscore.records import ProjectShare


def make_share(
    store: ShareStore, project_id: str, *, may_change: bool, days: float | None, made_by: str
) -> tuple[str, ProjectShare]:
    """A new link: its secret, which is given once, and what is kept of it.

    Parameters
    ----------
    may_change
        Whether its holder may also judge and place songs, and set hit points.
    days
        How long it lasts; None: until it is withdrawn.

    Raises
    ------
    InvalidInputError
        The days cannot be used.
    NotFoundError
        There is no such project.
    """
    expires = end_of("a link", days)
    secret = secrets.token_urlsafe(32)
    share = store.add_share(
        hashed(secret), project_id, may_change=may_change, made_by=made_by, expires_at=expires
    )
    return secret, share


def share_of(store: ShareStore, secret: str) -> ProjectShare | None:
    """The link that a secret belongs to; None if it is wrong, over or withdrawn."""
    return store.share(hashed(secret))
