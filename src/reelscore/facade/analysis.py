"""What music a video wants, as the documents show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from reelscore.analysis.video import analyze_file
from reelscore.payloads import analysis_payload
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
        self._analyzer = self._wiring.gemini_analyzer(SecretStr(api_key)) if api_key else None

    def analyze_video(self, path: str | Path) -> dict[str, Any]:
        """The seven documented fields of a video, and what we add.

        Raises
        ------
        MediaError
            The file is not a video that can be read.
        """
        analysis, analysis_id = analyze_file(self._wiring, Path(path), analyzer=self._analyzer)
        return {**analysis_payload(analysis), "analysis_id": analysis_id}
