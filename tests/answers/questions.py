"""The questions whose answers are recorded: every kind, filter and option, over the demo catalogue."""

from __future__ import annotations

from typing import Any

from asking import Question

CALM, BRISK = "@Calm acoustic 1", "@Energetic electronic 2"
TENDER, HAPPY, OLD = "@Tender acoustic 2", "@Happy electronic 1", "@Nostalgic acoustic 522"


def _text(query: str, **more: Any) -> Question:
    return {"kind": "text", "body": {"query": query, "limit": 6, **more}}


def _song(song: str, **more: Any) -> Question:
    return {"kind": "song", "body": {"song_id": song, **more}}


def _file(name: str, **more: Any) -> Question:
    return {"kind": "file", "file": name, "body": more}


def _video(name: str, **more: Any) -> Question:
    return {"kind": "video", "file": name, "body": {"limit": 6, **more}}


def _search(
    *phrases: str | tuple[str, float], avoid: tuple[tuple[str, float], ...] = (), **more: Any
) -> Question:
    pairs = [(phrase, 1.0) if isinstance(phrase, str) else phrase for phrase in phrases]
    body: dict[str, Any] = {"limit": 6, **more}
    if pairs:
        body["phrases"] = [{"text": text, "weight": weight} for text, weight in pairs]
    if avoid:
        body["avoid"] = [{"text": text, "weight": weight} for text, weight in avoid]
    return {"kind": "search", "body": body}


WORDS = {
    "words/one mood": _text("calm"),
    "words/documented example": _text("calm acoustic guitar"),
    "words/documented example, all songs": _text("upbeat pop music", limit=1000),
    "words/a sentence": _text("something slow and sad for a rainy evening, with piano and strings"),
    "words/tempo in words": _text("fast electronic dance music"),
    "words/tempo in numbers": _text("techno around 128 bpm"),
    "words/several genres": _text("jazz, blues or soul"),
    "words/negation": _text("relaxing music without vocals"),
    "words/another negation": _text("energetic music, not electronic and no drums"),
    "words/only a negation": _text("no guitar"),
    "words/capitals and signs": _text("DARK!!! ambient... (drone)"),
    "words/another language": _text("ruhige Klaviermusik für einen Film"),
    "words/known and unknown": _text("xyzzy piano"),
    "words/unknown": _text("qqqxyzzy"),
    "words/long": _text("a warm and hopeful tune for the end of a documentary about the sea, " * 4),
    "words/one song": _text("meditative", limit=1),
}
NAMES = {
    "names/a title": _text("Calm acoustic 411"),
    "names/a title in a sentence": _text("something like Nostalgic electronic 522 please"),
    "names/a title half written": _text("tender elec"),
    "names/the album": _text("Immich Memories Music"),
    "names/a genre": _text("acoustic"),
    "names/number alone": _text("522"),
    "names/sound alone": _text("Calm acoustic 411", options={"names": False}),
    "names/beside a description": _text("Happy electronic 2 with piano"),
    "names/behind a negation": _text("calm music but not Calm acoustic 1"),
}
SONGS = {
    "songs/by id": _song(CALM),
    "songs/another": _song(BRISK, limit=27),
    "songs/more than there are": _song(OLD, limit=100),
    "songs/unlike": _song(CALM, avoid_song_ids=[TENDER]),
    "songs/unlike two": _song(HAPPY, avoid_song_ids=[BRISK, OLD], limit=8),
    "songs/filtered": _song(HAPPY, filters={"genres": ["acoustic"]}),
    "songs/own versions left out": _song(CALM, options={"leave_out_versions": True}),
    "songs/unknown": _song("00000000-0000-0000-0000-000000000000"),
    "files/of the library": _file("Tender acoustic 2"),
    "files/of the library, unlike": _file("Happy electronic 1", avoid_song_ids=[BRISK], limit=4),
    "files/chords": _file("chords.wav"),
    "files/a beat": _file("beat.wav", limit=8, filters={"tempo_bpm": [100, None]}),
}
FILTERS = {
    "filters/genres": _text("calm piano", filters={"genres": ["electronic"]}),
    "filters/moods": _text("guitar", filters={"moods": ["happy", "energetic"]}),
    "filters/tags": _text("evening", filters={"tags": ["piano"]}),
    "filters/not_tags": _text("evening", filters={"not_tags": ["guitar"]}),
    "filters/tempo range": _text("happy", filters={"tempo_bpm": [100, 130]}),
    "filters/tempo open": _text("happy", filters={"tempo_bpm": "..90"}),
    "filters/tempo single": _text("happy", filters={"tempo_bpm": 120}),
    "filters/tempo tolerance": _text("happy", filters={"tempo_bpm": 120, "tempo_tolerance": 2.5}),
    "filters/half_double": _text("calm", filters={"tempo_bpm": [60, 80], "half_double": True}),
    "filters/key": _text("strings", filters={"key": "C major"}),
    "filters/compatible_keys": _text("strings", filters={"key": "8B", "compatible_keys": True}, limit=20),
    "filters/energy": _text("music for a walk", filters={"energy": [0.2, 0.5]}),
    "filters/loudness": _text("music for a walk", filters={"loudness_lufs": "-14..-12.5"}),
    "filters/vocals": _text("pop", filters={"vocals": True}),
    "filters/instrumental": _text("pop", filters={"vocals": False}),
    "filters/unsure vocals": _text("pop", filters={"vocals": False, "unsure_vocals": True}),
    "filters/year": _text("pop", filters={"year": [1990, 1999]}),
    "filters/duration": _text("folk", filters={"duration": [30, 31.5]}),
    "filters/duration as text": _text("folk", filters={"duration": "0:32-1:00"}),
    "filters/sources": _text("folk", filters={"sources": ["demo"]}),
    "filters/other source": _text("folk", filters={"sources": ["folder"]}),
    "filters/artists": _text("folk", filters={"artists": ["The Examples"]}),
    "filters/not_artists": _text("folk", filters={"not_artists": ["The Examples"]}),
    "filters/several": _text(
        "lively", filters={"genres": ["acoustic"], "tempo_bpm": [100, 140], "not_tags": ["piano"]}
    ),
    "filters/unknown tag": _text("folk", filters={"tags": ["no such tag"]}),
}
OPTIONS = {
    "options/group_versions": _text("nostalgic acoustic", options={"group_versions": False}),
    "options/artist_cap": _text("nostalgic acoustic", options={"artist_cap": 1}),
    "options/album_cap": _text("nostalgic acoustic", options={"album_cap": 2}),
    "options/adventurous": _text("nostalgic acoustic", options={"adventurous": 0.5}),
    "options/most adventurous": _song(CALM, options={"adventurous": 1.0}, limit=8),
    "options/several": _search(
        "calm piano", options={"adventurous": 0.3, "album_cap": 4, "group_versions": False}
    ),
}
MIXED = {
    "mixed/song and text": _text("with electric guitar", song_id=CALM),
    "mixed/song and text, unlike": _text("more drums", song_id=BRISK, avoid_song_ids=[HAPPY]),
    "mixed/text, unlike": _text("electronic", avoid_song_ids=[BRISK]),
    "mixed/song and an unknown word": _text("qqqxyzzy", song_id=TENDER),
    "mixed/song, text and filters": _text("bright", song_id=HAPPY, filters={"energy": [0.3, None]}),
}
VIDEOS = {
    "videos/bikes": _video("bikes.mp4"),
    "videos/bunny": _video("bigbuckbunny.mp4", limit=28),
    "videos/guided": _video("bikes.mp4", guide="but with piano, no drums and a bit slower"),
    "videos/all at once": _video(
        "bigbuckbunny.mp4",
        guide="calmer, with strings",
        song_id=TENDER,
        avoid_song_ids=[BRISK],
        filters={"vocals": False},
        options={"adventurous": 0.2},
    ),
}
EDITED = {
    "edited/one phrase": _search("calm piano"),
    "edited/four phrases": _search(("calm piano", 2.0), "soft strings", ("warm pads", 0.5), "slow ballad"),
    "edited/wishes": _search("acoustic guitar", tempo_bpm=[60, 90], energy=0.3),
    "edited/tempo alone": _search("acoustic guitar", tempo_bpm=[120, 140]),
    "edited/energy alone": _search("electronic", "synth", energy=0.9),
    "edited/avoid": _search("guitar", "folk", avoid=(("drums", 0.5), ("vocals", 0.2))),
    "edited/all at once": _search(
        ("cheerful", 1.5),
        "acoustic guitar",
        ("handclaps", 0.3),
        "folk",
        avoid=(("electronic", 0.4),),
        tempo_bpm=[90, 120],
        energy=0.5,
        filters={"duration": [30, None]},
        options={"adventurous": 0.2},
    ),
    "edited/guide": _search("upbeat electronic", "drums", guide="without drums, but with piano"),
    "edited/guide that compares": _search(
        "rock", tempo_bpm=[100, 120], energy=0.5, guide="faster and wilder"
    ),
    "edited/song": _search("piano", song_id=OLD),
    "edited/song alone": _search(song_id=OLD),
    "edited/unlike": _search("piano", "strings", avoid_song_ids=[OLD, CALM]),
    "edited/an unknown phrase": _search("qqqxyzzy", "piano"),
    "edited/nothing": _search(),
    "edited/analysis as it is": _search(analysis_id="@bikes.mp4"),
    "edited/analysis, other phrases": _search("jazz trio", ("upright bass", 0.5), analysis_id="@bikes.mp4"),
    "edited/analysis, no wishes": _search(analysis_id="@bikes.mp4", tempo_bpm=None, energy=None),
    "edited/analysis, guide": _search(analysis_id="@bigbuckbunny.mp4", guide="with piano and without drums"),
    "edited/analysis, all at once": _search(
        ("orchestra", 2.0),
        "playful strings",
        avoid=(("vocals", 0.6),),
        analysis_id="@bigbuckbunny.mp4",
        guide="a little calmer",
        energy=0.4,
        song_id=TENDER,
        avoid_song_ids=[HAPPY],
        filters={"genres": ["acoustic", "electronic"]},
    ),
    "edited/unknown analysis": _search("piano", analysis_id="none"),
}
# Asked in this order: the searches name analyses that the videos made.
QUESTIONS: dict[str, Question] = {
    **WORDS, **NAMES, **SONGS, **FILTERS, **OPTIONS, **MIXED, **VIDEOS, **EDITED
}  # fmt: skip
