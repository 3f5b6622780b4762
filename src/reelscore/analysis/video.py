"""Analyse a video, and remember the result under the content of the file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.files import hash_file
from reelscore.payloads import analysis_payload, query_payload
from reelscore.query.lead import query_of
from reelscore.query.scenes import scenes_of
from reelscore.records import ProgressCallback, VideoAnalysis, ignore_progress, part_of
from reelscore.video.base import VideoAnalyzer
from reelscore.video.decode.sequences import checked_film
from reelscore.video.measure.video import measure_video
from reelscore.video.showing import PictureSampler
from reelscore.video.still import still_of
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.embedding.hub.embedder import HubEmbedder


def analyze_file(
    wiring: Wiring,
    path: Path,
    progress: ProgressCallback = ignore_progress,
    *,
    analyzer: VideoAnalyzer | None = None,
    content_hash: str | None = None,
) -> tuple[VideoAnalysis, str]:
    """The analysis of a video and the id under which it is stored.

    What an analyser said of the same bytes before is used again, so that nothing is paid for twice.

    Parameters
    ----------
    analyzer
        Who is asked; None: the one of the settings.
    content_hash
        SHA-256 of the file, hex, if it is known, as it is of an upload; None: the file is read for it.
    """
    content = content_hash or hash_file(checked_film(path))
    analyzer = analyzer or wiring.analyzer
    stored = wiring.catalog.find_analysis(content, analyzer.cache_key)
    if stored is not None:
        if _unseen(wiring, content):
            _look(wiring, content, measure_video(path, progress=progress, sampler=PictureSampler()).sampler)
        return stored
    analysis, sampler = _analyze(analyzer, path, progress, PictureSampler())
    _look(wiring, content, sampler)
    # Else under the name of who answered: what a fallback said never stands in for the one that was asked.
    answered_by = analyzer.cache_key if analysis.degraded == analyzer.degraded else analysis.analyzer
    return analysis, wiring.catalog.save_analysis(
        analysis, content_hash=content, analyzer=answered_by, picture=still_of(sampler) if sampler else None
    )


def is_stored(wiring: Wiring, content: str) -> bool:
    """Whether an analysis of these bytes (SHA-256, hex) is stored, so that nothing is left to be measured."""
    known = wiring.catalog.find_analysis(content, wiring.analyzer.cache_key) is not None
    return known and not _unseen(wiring, content)


def _unseen(wiring: Wiring, content: str) -> list[HubEmbedder]:
    """The models that look at pictures and have not seen a video yet."""
    seeing = wiring.embedders.seeing if wiring.models else ()
    return [each for each in seeing if wiring.catalog.pictures_vector(content, each.space.name) is None]


def _look(wiring: Wiring, content: str, sampler: PictureSampler | None) -> None:
    """Keep where the pictures of a video lie, in every space that has a place for them."""
    if sampler is None or not sampler.pictures:
        return
    for each in _unseen(wiring, content):
        vector = each.embed_pictures(sampler.pictures)
        wiring.catalog.save_pictures_vector(content, each.space.name, vector)


def look_at(
    wiring: Wiring, path: Path, progress: ProgressCallback = ignore_progress, *, about: str | None = None
) -> dict[str, Any]:
    """The analysis of a video as JSON, without a library: nothing is stored.

    `about`: what a person says is to be seen. Then the music that the whole asks for is there too (`query`),
    and that of each stretch for which a time is named (`scenes`).
    """
    # Nobody keeps a picture of it, so they are taken only for who tells what they show.
    sampler = PictureSampler() if wiring.picture_reader is not None else None
    analysis, _ = _analyze(wiring.analyzer, path, progress, sampler)
    found = analysis_payload(analysis)
    if about and about.strip():
        found |= {"about": about, "query": query_payload(query_of(analysis, about))}
        found["scenes"] = [
            {**asdict(scene), **query_payload(query_of(None, scene.words))} for scene in scenes_of(about)
        ]
    return found


def _analyze(
    analyzer: VideoAnalyzer, path: Path, progress: ProgressCallback, sampler: PictureSampler | None
) -> tuple[VideoAnalysis, PictureSampler | None]:
    """Measure a video once, for whichever analyser answers about it; with the pictures that were kept."""
    analyzer.check()
    measuring = part_of(progress, 0.0, analyzer.measuring_share)
    measured = measure_video(path, progress=measuring, sampler=sampler)
    return analyzer.analyze(path, measured, progress=progress), measured.sampler


def read_stored(wiring: Wiring, analysis_id: str) -> dict[str, Any]:
    """A stored analysis as JSON, with the query that it asks for; NotFoundError if there is none."""
    analysis = wiring.catalog.analysis(analysis_id)
    query = query_payload(query_of(analysis))
    return {**analysis_payload(analysis), "analysis_id": analysis_id, "query": query}
