"""Songs laid under a video: plans of cuts on beats, and songs fitted to a length, kept as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reelscore.analysis.video import analyze_file
from reelscore.errors import InvalidInputError, MediaNotFoundError, NotFoundError, StaleError
from reelscore.files import hash_file
from reelscore.library.placed_songs import LaidSong, decoded, laid_song, stored_grid
from reelscore.library.sound_files import sound_file
from reelscore.payloads import song_payload
from reelscore.placement.plans import PlanStore
from reelscore.query.form import Query
from reelscore.query.guide import length_of
from reelscore.records import TIMELINE_RATE, ProgressCallback, Timeline, VideoAnalysis, ignore_progress
from reelscore.search.engine import search
from reelscore.sync.documents import (
    Document,
    check_fresh,
    fit_document,
    picture_stamp,
    plan_document,
    read_fit,
    read_plan,
    song_stamp,
    stamped_picture,
)
from reelscore.sync.fit import FitOptions, Fitter
from reelscore.sync.heard import hear
from reelscore.sync.kinship import kinship
from reelscore.sync.placing import Source
from reelscore.sync.plan import PlanOptions, plan_many
from reelscore.sync.timeline import PictureMedia, fit_timeline, plan_timeline
from reelscore.video.container_facts import probe_media
from reelscore.wiring import Wiring, open_wiring

# Songs that are planned if none are named: those that a search for the video finds.
_CANDIDATES = 100


class SyncService:
    """Plans where songs lie under a video, and brings songs to a length.

    Parameters
    ----------
    wiring
        The library; not given: the one that the settings name.
    """

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._wiring = wiring or open_wiring()
        self._plans = PlanStore(self._wiring.catalog)

    # --- plans ---

    def sync(
        self,
        video: str | Path | None = None,
        songs: Sequence[str] = (),
        *,
        analysis_id: str | None = None,
        options: PlanOptions | None = None,
        hits: Sequence[float] = (),
        limit: int = 10,
        progress: ProgressCallback = ignore_progress,
    ) -> dict[str, Any]:
        """Where each song lies best under a video, the best song first, each as a document with an id.

        Parameters
        ----------
        video
            A video file; or else `analysis_id`, of a stored analysis.
        songs
            Ids or audio files; none: the songs that a search for the video finds.
        hits
            Seconds of the video that music should hit beside its cuts.
        limit
            How many plans are answered.

        Raises
        ------
        InvalidInputError
            Neither or both of `video` and `analysis_id` are given, or the analysis holds no cuts.
        NotFoundError
            There is no such analysis or song.
        """
        if limit < 1:
            raise InvalidInputError(f"limit must be at least 1, not {limit}")
        options = options or PlanOptions()
        analysis, analysis_id = self._analysis(video, analysis_id, progress)
        picture = stamped_picture(analysis, hits)
        named = list(dict.fromkeys(map(str, songs)))
        asked = [laid_song(self._wiring, song) for song in named] if named else self._found(analysis_id)
        plans = plan_many(picture, [each.grid for each in asked], options)
        order = sorted(range(len(plans)), key=lambda i: (-plans[i].score, asked[i].song.id))[:limit]
        made = []
        for index in order:
            each, plan = asked[index], plans[index]
            plan = replace(plan, kinship=kinship(picture, each.grid))
            made_from = {
                "video": str(Path(video).expanduser().absolute()) if video else None,
                "analysis_id": analysis_id,
                "song": each.song.id or str(each.song.uri),
                "hits": [float(hit) for hit in hits],
                "stamps": {"video": picture_stamp(picture), "song": song_stamp(each.grid)},
            }
            document = plan_document(plan, made_from)
            self._plans.keep(document)
            made.append({"song": song_payload(each.song), **document})
        return {
            "analysis_id": analysis_id,
            "video": {
                "duration": picture.duration,
                "rate": str(picture.rate),
                "cuts": len(picture.cuts) - picture.kinds.count("hit"),
                "speech": [list(span) for span in picture.speech],
            },
            "planned": len(plans),
            "plans": made,
        }

    # --- fits ---

    def fit(
        self,
        song: str,
        *,
        length: float | None = None,
        video: str | Path | None = None,
        analysis_id: str | None = None,
        kind: str = "exact",
        ending: str = "real",
        hit_at: float | None = None,
        hit_source: float | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> dict[str, Any]:
        """A song brought to a length in seconds, or to that of a video, as a document with an id.

        Parameters
        ----------
        song
            Id of a song of the library, or an audio file.
        hit_at, hit_source
            Second at which the song's climax is to lie, or what lies at the second `hit_source` of the song.

        Raises
        ------
        InvalidInputError
            Not exactly one of `length`, `video` and `analysis_id` is given, or no such fit can be made.
        MediaError
            The song's file is gone or cannot be read.
        """
        if sum(each is not None for each in (length, video, analysis_id)) != 1:
            raise InvalidInputError("a song is fitted to a length or to a video; give one of them")
        if length is None:
            analysis, analysis_id = self._analysis(video, analysis_id, progress)
            length = length_of(analysis)
        if length is None:
            raise InvalidInputError("this analysis does not say how long the video is; analyse it again")
        options = FitOptions(
            round(length * TIMELINE_RATE), kind=kind, ending=ending, hit_at=hit_at, hit_source=hit_source
        )
        asked = laid_song(self._wiring, song)
        path = sound_file(self._wiring, asked.song)
        clip = decoded(path, progress)
        fitter = Fitter(hear(clip, replace(asked.grid, duration=clip.duration)))
        media = probe_media(path)
        source = Source(asked.song.id, asked.song.title, media, ", ".join(asked.song.artists))
        fit = fitter.fit(options, source)
        made_from = {
            "video": str(Path(video).expanduser().absolute()) if video else None,
            "analysis_id": analysis_id,
            "song": asked.song.id or str(path),
            "stamps": {"song": hash_file(path)[:24]},
        }
        document = fit_document(fit, made_from)
        self._plans.keep(document)
        return {"song": song_payload(asked.song), **document}

    # --- later calls ---

    def document(self, document_id: str) -> Document:
        """A plan or a fit that was made before.

        Raises
        ------
        NotFoundError
            There is no such document, or it was made too long ago.
        StaleError
            Its video or its song has changed since.
        """
        document = self._plans.find(document_id)
        check_fresh(document, self._stamps(document))
        return document

    def timeline(self, document_id: str) -> Timeline:
        """The timeline of a plan or a fit; raises as `document` does, and MediaError if a file is gone."""
        document = self.document(document_id)
        made_from = document["made_from"]
        asked = laid_song(self._wiring, made_from["song"])
        picture = self._picture_media(made_from)
        if document["kind"] == "fit":
            return fit_timeline(read_fit(document), picture=picture)
        plan = read_plan(document)
        if picture is None:
            raise MediaNotFoundError("the plan was made without a video")
        return plan_timeline(
            plan,
            picture,
            title=asked.song.title,
            artist=", ".join(asked.song.artists),
            song=probe_media(sound_file(self._wiring, asked.song)),
        )

    # --- how ---

    def _analysis(
        self, video: str | Path | None, analysis_id: str | None, progress: ProgressCallback
    ) -> tuple[VideoAnalysis, str]:
        if (video is None) == (analysis_id is None):
            raise InvalidInputError("give a video or the id of its analysis, and not both")
        if video is not None:
            return analyze_file(self._wiring, Path(video).expanduser(), progress)
        return self._wiring.catalog.analysis(str(analysis_id)), str(analysis_id)

    def _found(self, analysis_id: str) -> list[LaidSong]:
        """The songs that a search for the video finds, with beats and vocals as they are stored."""
        answer = search(self._wiring, Query(analysis_id=analysis_id, limit=_CANDIDATES))
        built = self._wiring.catalog.structures([each.song.id for each in answer.songs])
        return [
            LaidSong(each.song, stored_grid(each.song, each.features, each.tags, built.get(each.song.id)))
            for each in answer.songs
            if each.features is not None
        ]

    def _stamps(self, document: Document) -> dict[str, str]:
        """The current stamps of what a document was made from; what is gone has none."""
        made_from, stamps = document["made_from"], {}
        wanted = made_from["stamps"]
        try:
            if "video" in wanted:
                if made_from["video"] and Path(made_from["video"]).is_file():
                    analysis, _ = analyze_file(self._wiring, Path(made_from["video"]))
                else:
                    analysis = self._wiring.catalog.analysis(made_from["analysis_id"])
                picture = stamped_picture(analysis, made_from["hits"])
                stamps["video"] = picture_stamp(picture)
            asked = laid_song(self._wiring, made_from["song"])
            if document["kind"] == "plan":
                stamps["song"] = song_stamp(asked.grid)
            else:
                stamps["song"] = hash_file(sound_file(self._wiring, asked.song))[:24]
        except StaleError:
            raise
        except (NotFoundError, MediaNotFoundError) as error:
            made = f"the {document['kind']} {document['id']}"
            raise StaleError(f"{made} was made of something that is gone: {error}") from error
        return stamps

    def _picture_media(self, made_from: Mapping[str, Any]) -> PictureMedia | None:
        """What a timeline says of the video: as its file states it, or else as it was measured."""
        if not made_from["analysis_id"]:
            return None
        grid = stamped_picture(self._wiring.catalog.analysis(made_from["analysis_id"]), ())
        rate, frames = grid.rate, round(grid.duration * float(grid.rate))
        media = None
        if made_from["video"] and Path(made_from["video"]).is_file():
            media = probe_media(made_from["video"])
            rate = media.rate or rate
            frames = round(float(media.duration * rate))
        return PictureMedia(
            rate=rate,
            frames=frames,
            cuts=tuple(float(cut) for cut in grid.cuts),
            names=grid.names,
            media=media,
            drop_frame=media.drop_frame if media else False,
            start_frame=media.start_frame if media else 0,
            speech=grid.speech,
        )
