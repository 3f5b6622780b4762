"""A video searched by its pictures: where they lie in the space of a joint model, among songs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelscore.errors import InvalidInputError
from reelscore.query.form import Query
from reelscore.records import FloatArray, Phrase
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.embedding.hub.embedder import HubEmbedder

PICTURES = Phrase("its pictures")


def look(wiring: Wiring, query: Query) -> tuple[HubEmbedder, FloatArray]:
    """The joint model that a question is answered with, and where the pictures of its video lie: (dim,).

    Raises
    ------
    InvalidInputError
        The question has no video, no such model is installed, no song is in its space, or it has not looked
        at the video; the message says what to do.
    """
    if query.analysis_id is None:
        raise InvalidInputError("only a video can be searched by its pictures; name one")
    if not wiring.embedders.seeing:
        raise InvalidInputError(
            "no model that knows music and pictures is installed; `reelscore models list` names those "
            "that can be pulled"
        )
    model = wiring.embedders.seeing[0]
    catalog, space = wiring.catalog, model.space.name
    if not catalog.vector_count(space):
        raise InvalidInputError(
            f"no song is in the space {space} yet; run `reelscore reindex --space {model.name} --no-switch`"
        )
    content = catalog.analysis_content(query.analysis_id)
    vector = catalog.pictures_vector(content, space) if content else None
    if vector is None:
        raise InvalidInputError(
            f"the model of {space} has not looked at this video, or there is nothing to be seen in it; "
            "analyse the file again"
        )
    return model, vector
