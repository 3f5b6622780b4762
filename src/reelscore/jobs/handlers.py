"""What each kind of job does. JSON in, JSON out, safe to run twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reelscore.errors import MediaError
from reelscore.ingest.service import ingest as run_ingest
from reelscore.ingest.service import initialize
from reelscore.jobs.base import JobHandler
from reelscore.jobs.export_job import run_export
from reelscore.jobs.hooks import tell_changes
from reelscore.library.films import film_url, keep_copy
from reelscore.library.index_sync import update_library
from reelscore.library.map import make_map
from reelscore.maintenance.reembed import ReindexingService
from reelscore.payloads import report_payload
from reelscore.query.form import QUERY_FIELDS, read_query
from reelscore.records import ProgressCallback
from reelscore.search.engine import search_video
from reelscore.search.saved import renew_saved
from reelscore.wiring import Wiring


@contextmanager
def file_called(path: str | Path, name: str | None) -> Iterator[None]:
    """Let an error about an uploaded file name it as its sender does, not by its path among the uploads."""
    try:
        yield
    except MediaError as error:
        if not name or str(path) not in str(error):
            raise
        error.args = (str(error).replace(str(path), name),)
        raise


def job_handlers(wiring: Wiring) -> Mapping[str, JobHandler]:
    """Handlers by the documented task names."""

    def analyze_video_and_recommend(
        arguments: Mapping[str, Any], progress: ProgressCallback
    ) -> Mapping[str, Any]:
        path, name = arguments["video_path"], arguments.get("filename")
        asked = {field: arguments[field] for field in QUERY_FIELDS if arguments.get(field) is not None}
        with file_called(path, name):
            answer = search_video(
                wiring,
                Path(path),
                read_query(asked),
                progress,
                content_hash=arguments.get("content_hash"),  # jobs of older versions have none
                person=arguments.get("person", ""),
            ).to_dict()
        if name:  # the name that the user knows, not the one under uploads
            answer["query"]["video"] = name
        return answer

    def initialize_music_database(
        arguments: Mapping[str, Any], progress: ProgressCallback
    ) -> Mapping[str, Any]:
        return report_payload(initialize(wiring, int(arguments.get("max_videos", 50)), progress))

    def ingest(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        options = arguments.get("options", {})
        report = run_ingest(wiring, arguments["source"], options, progress)
        renewed = renew_saved(wiring, everything=bool(report.changed), progress=progress)
        payload = report_payload(report)
        tell_changes(wiring.settings, payload, renewed)
        return payload

    def renew(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        renewed = renew_saved(wiring, progress=progress)
        tell_changes(wiring.settings, {}, renewed)
        return renewed

    def reindex(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        service = ReindexingService(wiring)
        return service.reindex_space(
            arguments.get("space", "clap"),
            allow_gaps=bool(arguments.get("allow_gaps", False)),
            progress=progress,
        ).to_dict()

    def map_library(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        return make_map(wiring, progress)

    def update(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        return update_library(wiring, progress)

    def export(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        with file_called(arguments["video_path"], arguments.get("filename")):
            return run_export(wiring, arguments, progress)

    def copy_film(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
        path = arguments["video_path"]
        with file_called(path, arguments.get("filename")):
            keep_copy(wiring.settings, Path(path), arguments["content_hash"], progress)
        return {"url": film_url(arguments["content_hash"])}

    return {
        "export": export,
        "copy_film": copy_film,
        "update_library": update,
        "analyze_video_and_recommend": analyze_video_and_recommend,
        "initialize_music_database": initialize_music_database,
        "ingest": ingest,
        "reindex": reindex,
        "map_library": map_library,
        "renew_saved": renew,
    }
