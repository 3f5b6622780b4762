"""Vectors of music, and the search for words in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelscore.analysis.track import listen
from reelscore.facade.recommendation import search_songs
from reelscore.query.form import Query
from reelscore.records import FloatArray
from reelscore.wiring import Wiring, open_wiring


class MusicVectorizationService:
    """Turns audio files into vectors of the text-audio space, and searches it with words."""

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()

    def extract_audio_features(self, path: str | Path) -> FloatArray:
        """The vector of an audio file: float32 of shape (dim,), unit length.

        Raises
        ------
        MediaError
            The file cannot be read, or there is nothing in it to analyse.
        """
        _, embeddings = listen(Path(path), self._wiring.embedders)
        space = self._wiring.lite.space.name
        return next(item.track for item in embeddings if item.space == space)

    def search_similar_music(self, text: str, limit: int = 10) -> list[dict[str, Any]]:
        """Songs that suit a sentence, each with its score."""
        return search_songs(self._wiring, Query(text=text, limit=limit))
