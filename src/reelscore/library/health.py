"""How the parts of a library are: database, indexes, models, keys and quotas, each with what to do.

Only whether a key is set is reported, never its value.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

import reelscore
from reelscore.catalog.db.schema import REVISIONS
from reelscore.errors import ReelscoreError
from reelscore.library.index_sync import index_status
from reelscore.net.quota import QUOTA_DAYS
from reelscore.wiring import Wiring

_MB = 1e6
_LOW_DISK_MB = 1_000
# What index backends are called for people; any other is a server.
_INDEXES = {"EdgeIndex": "Qdrant Edge, in this process"}
_NO_KEY = "GEMINI_API_KEY is not set, so videos are judged from measurements alone"


class HealthService:
    """Looks at the parts of a library."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def report(self) -> dict[str, Any]:
        """The state of every part; one that fails is reported, and the others still answer.

        Returns
        -------
        dict
            "status": "ok", "degraded" (it answers, with less than was asked for) or "failing"; "problems":
            sentences that say what to do; and a part for each thing.
        """
        problems: list[str] = []
        counts = self._wiring.catalog.counts()
        index = self._index(problems)
        words = self._words(problems)
        database = self._database(counts["songs"])
        if database["free_mb"] is not None and database["free_mb"] < _LOW_DISK_MB:
            problems.append(f"only {database['free_mb']} MB are free beside the library; make room")
        failing = any(row["status"] == "red" for row in index["spaces"])
        return {
            "status": "failing" if failing else "degraded" if problems else "ok",
            "problems": problems,
            "version": reelscore.__version__,
            "home": str(self._wiring.settings.home),
            "songs": counts["songs"],
            "sources": counts["sources"],
            "database": database,
            "index": index,
            "models": self._models(),
            "words": words,
            "analyzer": self._analyzer(),
            "keys": self._keys(),
            "quotas": self._quotas(),
            "jobs": {"queue": "", "workers": self._wiring.settings.workers, "states": counts["jobs"]},
        }

    def _database(self, songs: int) -> dict[str, Any]:
        settings = self._wiring.settings
        kind = settings.sql_url.partition(":")[0].partition("+")[0]  # nothing else of it: it has a password
        size = None
        if kind == "sqlite" and settings.sqlite_path.is_file():
            size = round(database_bytes(settings.sqlite_path) / _MB, 1)
        free = round(shutil.disk_usage(settings.home).free / _MB) if settings.home.is_dir() else None
        return {"kind": kind, "revision": REVISIONS[-1], "songs": songs, "size_mb": size, "free_mb": free}

    def _index(self, problems: list[str]) -> dict[str, Any]:
        rows = index_status(self._wiring)
        kind = ""
        for row in rows:
            row.setdefault("indexed", 0)
            row.setdefault("error", None)
            if row["status"] == "red":
                problems.append(f"the index of {row['space']} cannot be used: {row['error']}")
            else:
                kind = type(self._wiring.index(row["space"])).__name__
                if row["points"] != row["vectors"]:
                    problems.append(
                        f"the index of {row['space']} has {row['points']} of {row['vectors']} songs; it "
                        "catches up at the next question, or run `reelscore index rebuild`"
                    )
        return {"kind": _INDEXES.get(kind, "Qdrant server" if kind else ""), "spaces": rows}

    def _words(self, problems: list[str]) -> dict[str, Any]:
        embedder, degraded = self._wiring.text_embedder()
        if degraded:
            problems.append(degraded)
        return {"space": embedder.space.name, "degraded": degraded}

    def _models(self) -> list[dict[str, Any]]:
        embedders = self._wiring.embedders
        rows = [
            {
                "name": name,
                "state": "ready",
                "purpose": embedders.space(name).description,
                "understands_text": embedders.space(name).understands_text,
            }
            for name in embedders.spaces
        ]
        settings = self._wiring.settings
        try:
            absent = self._wiring.clap is None
            state = "not installed"
        except ReelscoreError as error:
            absent, state = True, str(error)
        if absent:
            purpose = "CLAP, for finer searches by words; `reelscore models pull` brings it"
            rows.append(
                {
                    "name": settings.clap_model_name,
                    "state": state,
                    "purpose": purpose,
                    "understands_text": True,
                }
            )
        return rows

    def _analyzer(self) -> dict[str, Any]:
        try:
            analyzer = self._wiring.analyzer
        except ReelscoreError as error:
            return {"name": self._wiring.settings.analyzer, "degraded": str(error)}
        lesser = analyzer.name == "local" and self._wiring.settings.analyzer != "local"
        return {"name": analyzer.name, "degraded": _NO_KEY if lesser else None}

    def _keys(self) -> list[dict[str, Any]]:
        settings = self._wiring.settings
        rows = [
            ("GEMINI_API_KEY", settings.gemini_api_key, "videos are looked at by Gemini"),
            ("YOUTUBE_API_KEY", settings.youtube_api_key, "the charts of YouTube"),
        ]
        return [{"name": name, "set": key is not None, "purpose": purpose} for name, key, purpose in rows]

    def _quotas(self) -> list[dict[str, Any]]:
        settings, usage = self._wiring.settings, self._wiring.catalog.usage
        gemini, youtube = (usage.used(name, QUOTA_DAYS[name].today()) for name in ("gemini", "youtube"))
        rows = [
            ("gemini", "requests", gemini.requests, settings.gemini_requests_per_day),
            ("gemini", "tokens", gemini.tokens, settings.gemini_tokens_per_day),
            ("youtube", "units", youtube.requests, settings.youtube_units_per_day),
        ]
        return [
            {
                "service": service,
                "unit": unit,
                "used": used,
                "limit": limit,
                "left": None if limit is None else max(0, limit - used),
                "resets": f"at midnight {QUOTA_DAYS[service].words}",
            }
            for service, unit, used, limit in rows
        ]


def database_bytes(path: Path) -> int:
    """Bytes of a SQLite database: its file, and the log that holds what was written lately."""
    total = 0
    for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        with contextlib.suppress(OSError):  # it goes when nobody has the database open
            total += part.stat().st_size
    return total
