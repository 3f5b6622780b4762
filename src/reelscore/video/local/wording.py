"""The local analyser's words: phrases to search with, sentences to read, and what each rests on. Pure.

Every word comes from a measurement. What the pictures show is not named, unless a model of pictures tells it.
"""

from __future__ import annotations

from dataclasses import replace

from reelscore.records import Phrase, Section, VideoAnalysis, VideoMeasurements
from reelscore.video.local.interpret import SPEECH_HEARD, Wish, light_word, tonality_of, warmth_word
from reelscore.video.showing import Showing, basis_from, payload_from, phrases_from, sentence_from

_NOT_SEEN = "Measured only: what it shows was not recognised."
_TEMPO_WORDS = {"Slow": "slow", "Medium": "medium tempo", "Fast": "fast"}
_TEXTURES = {
    ("Low", "dark"): "quiet dark piano and low strings",
    ("Low", "warm"): "soft acoustic guitar and piano",
    ("Low", "cool"): "soft ambient pads and piano",
    ("Medium", "dark"): "moody bass and beat",
    ("Medium", "warm"): "guitar, bass and light drums",
    ("Medium", "cool"): "steady synth and beat",
    ("High", "dark"): "loud pounding drums and distorted bass",
    ("High", "warm"): "loud electric guitar and drums",
    ("High", "cool"): "driving synth and dance beat",
}
_ENERGY_WORDS = {"Low": "low energy", "Medium": "moderate energy", "High": "high energy"}
_LIVELY, _STILL = 0.45, 0.12
_FAST_CUTS, _SLOW_CUTS = 18.0, 5.0
# Shares of the time, and of steadiness, from which on the camera's work is named.
_MUCH, _MOSTLY, _SHAKEN = 0.4, 0.7, 0.35


def phrases_for(wish: Wish) -> tuple[Phrase, ...]:
    """Three to five short phrases, the most telling first.

    Genre, instrument and tempo words search best, so mood words come with one of those.
    """
    tempo = _TEMPO_WORDS[wish.tempo]
    first, second = wish.genres[0], wish.genres[1]
    phrases = [
        Phrase(f"{tempo} {first}", 1.0),
        Phrase(_TEXTURES[wish.energy_level, wish.colour], 0.8),
        Phrase(f"{wish.mood} {second}", 0.7),
    ]
    tonality = tonality_of(wish.cheer)
    if tonality == "minor":
        phrases.append(Phrase("dark, moody, minor key", 0.5))
    elif tonality == "major":
        phrases.append(Phrase("happy, bright, major key", 0.5))
    else:
        phrases.append(Phrase(_ENERGY_WORDS[wish.energy_level], 0.4))
    if wish.instrumental:
        phrases.append(Phrase("instrumental, no vocals", 0.8))
    return tuple(phrases)


def description_of(measured: VideoMeasurements) -> str:
    """What was measured, as a sentence or two."""
    shape = "square" if measured.width == measured.height else ""
    shape = shape or ("portrait" if measured.height > measured.width else "landscape")
    shots = len(measured.shots) or len(measured.cuts) + 1
    cutting = f"{shots} shots ({_rate(measured)})" if shots > 1 else "a single shot"
    colours = warmth_word(measured.warmth)
    if measured.dissolves:
        cutting += f", {_count(len(measured.dissolves), 'dissolve or fade', 'dissolves and fades')}"
    return (
        f"A {shape} video of {_length(measured.duration)} with {cutting}, {_motion_word(measured.motion)} "
        f"movement{_camera_words(measured)}, and {light_word(measured.brightness)} pictures in {colours} "
        f"colours; {_sound_words(measured)}. {_NOT_SEEN}"
    )


def recommendation_of(wish: Wish, sections: tuple[Section, ...]) -> str:
    """The music that is wanted, as a sentence or two."""
    low, high = wish.tempo_bpm
    text = (
        f"{_TEMPO_WORDS[wish.tempo].capitalize()}, {wish.mood} {wish.genres[0]} or {wish.genres[1]} "
        f"at {low:.0f}-{high:.0f} bpm with {wish.energy_level.lower()} energy"
    )
    tonality = tonality_of(wish.cheer)
    if tonality:
        text += f", rather in {tonality}"
    if wish.instrumental:
        text += ", without vocals, since someone seems to speak"
    if len(sections) > 1:
        calmest = min(sections, key=lambda section: section.energy)
        busiest = max(sections, key=lambda section: section.energy)
        if busiest.energy - calmest.energy >= 0.15:
            text += (
                f"; calmest from {_clock(calmest.start)} to {_clock(calmest.end)}, "
                f"busiest from {_clock(busiest.start)} to {_clock(busiest.end)}"
            )
    return text + "."


def keywords_of(measured: VideoMeasurements, wish: Wish) -> tuple[str, ...]:
    """Single words and pairs for what was measured and what is wanted."""
    words = [wish.mood, _TEMPO_WORDS[wish.tempo], _ENERGY_WORDS[wish.energy_level]]
    if measured.cuts_per_minute >= _FAST_CUTS:
        words.append("fast cuts")
    elif measured.cuts_per_minute <= _SLOW_CUTS:
        words.append("long shots")
    if measured.motion >= _LIVELY:
        words.append("lively movement")
    elif measured.motion <= _STILL:
        words.append("little movement")
    words.append(f"{light_word(measured.brightness)} pictures")
    if warmth_word(measured.warmth) != "neutral":
        words.append(f"{warmth_word(measured.warmth)} colours")
    if wish.instrumental:
        words.append("speech")
    if measured.steadiness is not None and measured.steadiness <= _SHAKEN:
        words.append("handheld")
    return tuple(words)


def basis_of(measured: VideoMeasurements, wish: Wish, sections: tuple[Section, ...]) -> dict[str, str]:
    """For each field of the analysis, the measurements that it rests on, with their numbers."""
    pace = (
        f"{_count(len(measured.cuts), 'cut', 'cuts')} in {_seconds(measured.shown_seconds)} "
        f"({measured.cuts_per_minute:.1f} a minute) "
        f"and motion {measured.motion:.2f} of 1"
    )
    light = (
        f"brightness {measured.brightness:.2f}, warmth {measured.warmth:+.2f} (-1 blue to 1 red) "
        f"and saturation {measured.saturation:.2f}"
    )
    speech = (
        "no sound that tells" if measured.speech is None else f"speech-likeness {measured.speech:.2f} of 1"
    )
    voice = f"{speech}; from {SPEECH_HEARD} on, vocals are avoided"
    tempo = f"{wish.tempo_bpm[0]:.0f}-{wish.tempo_bpm[1]:.0f} bpm, from {pace}"
    if wish.own_tempo_bpm is not None:
        tempo += (
            f"; its own music has {measured.music_tempo_bpm:.0f} bpm "
            f"(confidence {measured.music_tempo_confidence:.2f}), which makes "
            f"{wish.own_tempo_weight:.0%} of the wanted tempo"
        )
    energy = pace
    if round(wish.loudness_weight, 2) > 0.0:
        energy += f"; its loudness, {measured.loudness_lufs:.0f} LUFS, makes {wish.loudness_weight:.0%} of it"
    return {
        "description": f"{pace}; {light}; contrast {measured.contrast:.2f}; {_sound_words(measured)}",
        "music_recommendation": f"tempo, energy, mood and genres as below; {voice}",
        "keywords": f"{pace}; {light}",
        "mood": f"cheer {wish.cheer:.2f} of 1 from {light}; energy {wish.energy:.2f} from {pace}",
        "genre_suggestions": (
            f"a rule of thumb, not recognition: {wish.energy_level.lower()} energy ({wish.energy:.2f}) with "
            f"{wish.colour} pictures (brightness {measured.brightness:.2f}, warmth {measured.warmth:+.2f})"
        ),
        "tempo": tempo,
        "tempo_bpm": f"{tempo}; more of either wants a higher tempo",
        "energy_level": f"energy {wish.energy:.2f} of 1, from {energy}",
        "energy": f"{energy}; more of each wants more energy",
        "phrases": f"the tempo, genres, mood and energy above; {voice}",
        "sections": (
            f"{len(sections)} stretches between which motion, pace, light or warmth change"
            if len(sections) > 1
            else "motion, pace, light and warmth stay alike throughout"
        ),
    }


def add_words(analysis: VideoAnalysis, showing: Showing) -> VideoAnalysis:
    """The analysis with the words of a model for what the pictures show, and the phrases that they lead to.

    What was measured stays as it is: the words come after it, and each field that they are in says so.
    """
    basis = dict(analysis.basis)
    basis["showing"] = basis_from(showing)
    if not showing.words:
        return replace(analysis, basis=basis, extra={**analysis.extra, "showing": payload_from(showing)})
    phrases = tuple(phrase for phrase in phrases_from(showing) if phrase.text not in _texts(analysis))
    said = ", ".join(f"{seen.word} {seen.score:.2f}" for seen in showing.words)
    for field in ("description", "keywords", "phrases"):
        basis[field] += f"; and what {showing.model} says of {len(showing.times)} pictures: {said}"
    keywords = dict.fromkeys((*analysis.keywords, *(seen.word for seen in showing.words)))
    return replace(
        analysis,
        description=analysis.description.replace(_NOT_SEEN, f"Measured. {sentence_from(showing)}"),
        music_recommendation=analysis.music_recommendation
        + (" For what it shows: " + ", ".join(phrase.text for phrase in phrases) + "." if phrases else ""),
        keywords=tuple(keywords),
        phrases=(*analysis.phrases, *phrases),
        basis={**basis, "music_recommendation": basis["music_recommendation"] + f"; {said}"},
        extra={**analysis.extra, "showing": payload_from(showing)},
    )


def _texts(analysis: VideoAnalysis) -> set[str]:
    return {phrase.text for phrase in analysis.phrases}


def _camera_words(measured: VideoMeasurements) -> str:
    """What the camera does most, and whether it is held still; empty if too little was seen."""
    words = []
    moves = {name: share for name, share in measured.camera.items() if name not in ("still", "mixed")}
    if moves and max(moves.values()) >= _MUCH:
        words.append("mostly a " + max(moves, key=lambda name: moves[name]))
    elif measured.camera.get("still", 0.0) >= _MOSTLY:
        words.append("the camera mostly still")
    if measured.steadiness is not None and measured.steadiness <= _SHAKEN:
        words.append("unsteady")
    return f" ({', '.join(words)})" if words else ""


def _rate(measured: VideoMeasurements) -> str:
    """How often the shot changes in a minute, by a cut or softly: "1 cut a minute", "4 changes a minute"."""
    if not measured.dissolves:
        return _count(round(measured.cuts_per_minute), "cut", "cuts") + " a minute"
    changes = len(measured.cuts) + len(measured.dissolves)
    rate = round(60.0 * changes / measured.duration) if measured.duration > 0 else 0
    return _count(rate, "change", "changes") + " a minute"


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many}"


def _motion_word(motion: float) -> str:
    if motion < _STILL:
        return "little"
    return "moderate" if motion < _LIVELY else "lively"


def _sound_words(measured: VideoMeasurements) -> str:
    if not measured.has_audio:
        return "it has no sound"
    if measured.loudness_lufs is None:
        return "its sound track is silent"
    text = f"its sound has {measured.loudness_lufs:.0f} LUFS"
    if measured.speech is not None:
        text += " and is like speech" if measured.speech >= SPEECH_HEARD else " and is not like speech"
    if measured.music_tempo_bpm is not None:
        text += f", with a beat of {measured.music_tempo_bpm:.0f} bpm"
    return text


def _length(seconds: float) -> str:
    return _seconds(seconds) if seconds < 60 else f"{_clock(seconds)} min"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"  # a film of one frame lasts 0.04 s


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
