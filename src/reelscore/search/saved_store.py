"""Where saved searches are kept: a note each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError

NAME = "saved:"

Saved = dict[str, Any]


def kept_searches(catalog: Catalog) -> list[Saved]:
    """All of them."""
    return [json.loads(text) for text in catalog.notes(NAME).values()]


def find_kept(catalog: Catalog, saved_id: str) -> Saved:
    """A saved search by its id or name; NotFoundError if there is none."""
    for saved in kept_searches(catalog):
        if saved_id in (saved["id"], saved["name"]):
            return saved
    raise NotFoundError(f"there is no saved search {saved_id!r}")


def keep(catalog: Catalog, saved: Saved) -> None:
    """Keep a saved search."""
    catalog.set_note(NAME + saved["id"], _text(saved))


def keep_renewed(catalog: Catalog, searches: Sequence[Saved]) -> None:
    """Keep saved searches in place of what they were, but for those that were removed meanwhile."""
    catalog.replace_notes({NAME + saved["id"]: _text(saved) for saved in searches})


def is_kept(catalog: Catalog, saved: Saved) -> bool:
    """Whether it is still there."""
    return catalog.note(NAME + saved["id"]) is not None


def _text(saved: Saved) -> str:
    return json.dumps(saved, ensure_ascii=False, allow_nan=False)
