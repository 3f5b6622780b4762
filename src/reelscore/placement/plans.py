"""Plans and fits that were made, kept as notes of the catalogue; the oldest are dropped."""

from __future__ import annotations

import json
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import NotFoundError

# Documents that are kept, so that a library does not grow by what was only looked at.
MOST_KEPT = 500
_NAME, _ORDER = "plan:", "plans"


class PlanStore:
    """Keeps documents by their ids."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def keep(self, document: dict[str, Any]) -> None:
        """Keep a document, as the newest one."""
        name = _NAME + document["id"]
        self._catalog.set_note(name, json.dumps(document, ensure_ascii=False, allow_nan=False))
        order = [each for each in self._order() if each != name]
        order.append(name)
        if len(order) > MOST_KEPT:
            self._catalog.drop_notes(order[:-MOST_KEPT])
            order = order[-MOST_KEPT:]
        self._catalog.set_note(_ORDER, json.dumps(order))

    def find(self, document_id: str) -> dict[str, Any]:
        """A document; NotFoundError if there is none, or no more."""
        text = self._catalog.note(_NAME + document_id) if len(document_id) <= 64 else None
        if text is None:
            raise NotFoundError(
                f"there is no plan {document_id!r}; the newest {MOST_KEPT} are kept, so make it again"
            )
        document: dict[str, Any] = json.loads(text)
        return document

    def _order(self) -> list[str]:
        order: list[str] = json.loads(self._catalog.note(_ORDER) or "[]")
        return order
