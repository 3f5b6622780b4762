"""What music a video wants, as the documents show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from reelscore.analysis.video import analyze_file
from reelscore.errors import ConfigurationError
from reelscore.payloads import analysis_payload
from reelscore.query.form import Query
from reelscore.remote.asking import search_video_there
from reelscore.remote.owner import find_owner
from reelscore.wiring import Wiring, open_wiring


class VideoAnalysisService:
    """Analyses videos without searching for anything.

    Parameters
    ----------
    api_key
        Key of the Gemini API; not given: the one of the settings, and without one the local analyser.
    """

    def __init__(self, api_key: str | None = None, *, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()
        self._api_key = api_key

    def analyze_video(self, path: str | Path) -> dict[str, Any]:
        """The seven documented fields of a video, and what we add.

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        ConfigurationError
            A key was given, and another process owns the library.
        """
        owner = find_owner(self._wiring)
        if owner is None:
            analyzer = self._wiring.gemini_analyzer(SecretStr(self._api_key)) if self._api_key else None
            analysis, analysis_id = analyze_file(self._wiring, Path(path), analyzer=analyzer)
            return {**analysis_payload(analysis), "analysis_id": analysis_id}
        if self._api_key:
            raise ConfigurationError(
                f"{owner.name} owns the library and analyses with its own settings; leave out the key"
            )
        answer = search_video_there(owner, Path(path), Query(limit=1))
        return {**answer["analysis"], "analysis_id": answer["analysis_id"]}
