"""From measurements to what the music should be. Pure, and one-way: the tests hold each direction.

More cuts and more movement want a higher tempo and more energy, and so, a little, does louder sound; a tempo
that the video's own music has draws the wanted one towards it; darker pictures want darker music; warmer and
brighter ones want happier music; speech wants music without vocals. Nothing here knows what the video shows,
so nothing here says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelscore.records import VideoMeasurements
from reelscore.video.measure.pace import cut_level, visual_energy

_LOW_ENERGY, _HIGH_ENERGY = 0.36, 0.66
_SLOW_BPM, _FAST_BPM = 90.0, 118.0
_CALMEST_BPM, _BUSIEST_BPM = 62.0, 150.0
_CUTS_SHARE_OF_TEMPO = 0.6
_TEMPO_LEEWAY = 0.12
# Share of the wanted tempo that the video's own music has, if its tempo is certain.
OWN_TEMPO_SHARE = 0.5
# Share of the wanted energy that the loudness of what is heard has, if nobody speaks.
_LOUDNESS_SHARE = 0.1
_SOFT_LUFS, _LOUD_LUFS = -38.0, -12.0
_DARK_BRIGHTNESS, _DULL_CHEER, _HIGH_CHEER = 0.25, 0.4, 0.6
_WARM, _COOL = 0.06, -0.06
# Above this, someone is taken to speak.
SPEECH_HEARD = 0.35

# (cheer, energy) -> mood; each row from low to high energy.
_MOODS = {
    "dark": ("melancholic", "brooding", "intense"),
    "even": ("calm", "focused", "driving"),
    "happy": ("peaceful", "cheerful", "euphoric"),
}
_GENRES = {
    ("Low", "dark"): ("ambient", "cinematic", "classical"),
    ("Low", "warm"): ("acoustic", "folk", "classical"),
    ("Low", "cool"): ("ambient", "chillout", "classical"),
    ("Medium", "dark"): ("trip hop", "cinematic", "electronic"),
    ("Medium", "warm"): ("indie pop", "acoustic", "soul"),
    ("Medium", "cool"): ("electronic", "indie", "chillout"),
    ("High", "dark"): ("drum and bass", "rock", "electronic"),
    ("High", "warm"): ("pop", "rock", "dance"),
    ("High", "cool"): ("electronic", "dance", "techno"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the music should be like."""

    energy: float  # 0..1
    energy_level: str  # "Low", "Medium", "High"
    tempo_bpm: tuple[float, float]
    tempo: str  # "Slow", "Medium", "Fast"
    cheer: float  # 0 (dark, cold) .. 1 (bright, warm)
    mood: str
    colour: str  # "dark", "warm", "cool": what the genres go by beside the energy
    genres: tuple[str, ...]
    instrumental: bool  # no vocals, since someone speaks
    visual_energy: float = 0.0  # of the pictures alone
    own_tempo_bpm: float | None = None  # of the video's own music
    own_tempo_weight: float = 0.0  # how much of the wanted tempo it makes
    loudness_weight: float = 0.0  # how much of the wanted energy the loudness makes


def interpret(measured: VideoMeasurements) -> Wish:
    """What music a video of these measurements wants."""
    cuts = cut_level(len(measured.cuts), measured.shown_seconds)
    visual = float(visual_energy(cuts, measured.motion))
    loudness_weight = _loudness_weight(measured)
    energy = (1.0 - loudness_weight) * visual + loudness_weight * _loudness_level(measured.loudness_lufs)
    level = energy_level(energy)
    low, high = wanted_tempo(cuts, measured.motion)
    own, own_weight = own_tempo(measured)
    if own is not None:
        factor = (own / ((low + high) / 2)) ** own_weight
        low, high = float(round(low * factor)), float(round(high * factor))
    bright_and_warm = cheer(measured.brightness, measured.warmth, measured.saturation)
    colour = _colour(measured.brightness, measured.warmth)
    return Wish(
        energy=energy,
        energy_level=level,
        tempo_bpm=(low, high),
        tempo=tempo_word((low + high) / 2),
        cheer=bright_and_warm,
        mood=mood_of(energy, bright_and_warm),
        colour=colour,
        genres=_GENRES[level, colour],
        instrumental=measured.speech is not None and measured.speech >= SPEECH_HEARD,
        visual_energy=visual,
        own_tempo_bpm=own,
        own_tempo_weight=own_weight,
        loudness_weight=loudness_weight,
    )


def own_tempo(measured: VideoMeasurements) -> tuple[float | None, float]:
    """(tempo of the video's own music, its share of the wanted tempo).

    As measured, so that faster music never wants slower music: brought nearer to the pace of the pictures by
    octaves, 130 bpm under calm pictures would want less than 80. Songs of half or double the tempo lose
    little by it.
    """
    bpm = measured.music_tempo_bpm
    if bpm is None or bpm <= 0.0 or measured.music_tempo_confidence <= 0.0:
        return None, 0.0
    return float(bpm), OWN_TEMPO_SHARE * min(1.0, float(measured.music_tempo_confidence))


def _loudness_weight(measured: VideoMeasurements) -> float:
    if measured.loudness_lufs is None:
        return 0.0
    # A voice is recorded as loud as the recording allows, whatever is said.
    return _LOUDNESS_SHARE * (1.0 - min(1.0, measured.speech or 0.0))


def _loudness_level(loudness_lufs: float | None) -> float:
    return 0.0 if loudness_lufs is None else _between(loudness_lufs, _SOFT_LUFS, _LOUD_LUFS)


def energy_level(energy: float) -> str:
    """Low, Medium or High."""
    return "Low" if energy < _LOW_ENERGY else "Medium" if energy < _HIGH_ENERGY else "High"


def wanted_tempo(cuts: float, motion: float) -> tuple[float, float]:
    """The wanted range in beats per minute; rises with the levels of cuts and motion."""
    pace = _CUTS_SHARE_OF_TEMPO * cuts + (1.0 - _CUTS_SHARE_OF_TEMPO) * motion
    middle = _CALMEST_BPM + (_BUSIEST_BPM - _CALMEST_BPM) * min(max(pace, 0.0), 1.0)
    return float(round(middle * (1.0 - _TEMPO_LEEWAY))), float(round(middle * (1.0 + _TEMPO_LEEWAY)))


def tempo_word(bpm: float) -> str:
    """Slow, Medium or Fast."""
    return "Slow" if bpm < _SLOW_BPM else "Medium" if bpm < _FAST_BPM else "Fast"


def cheer(brightness: float, warmth: float, saturation: float) -> float:
    """How cheerful light and colour are, 0..1; rises with each of the three.

    Bright, warm and saturated colours please more (Valdez and Mehrabian, "Effects of color on emotions",
    1994, for the first and the last); light counts most.
    """
    light = _between(brightness, 0.08, 0.62)
    warm = _between(warmth, -0.35, 0.45)
    rich = _between(saturation, 0.0, 0.6)
    return 0.55 * light + 0.33 * warm + 0.12 * rich


def mood_of(energy: float, bright_and_warm: float) -> str:
    """One word for the mood."""
    row = "dark" if bright_and_warm < _DULL_CHEER else "even" if bright_and_warm < _HIGH_CHEER else "happy"
    return _MOODS[row][("Low", "Medium", "High").index(energy_level(energy))]


def tonality_of(bright_and_warm: float) -> str | None:
    """`minor` for dark and cold pictures, `major` for bright and warm ones, else None."""
    if bright_and_warm < _DULL_CHEER:
        return "minor"
    return "major" if bright_and_warm >= _HIGH_CHEER else None


def light_word(brightness: float) -> str:
    """Dark, dim, even or bright."""
    if brightness < 0.15:
        return "very dark"
    if brightness < _DARK_BRIGHTNESS:
        return "dark"
    return "bright" if brightness >= 0.55 else "evenly lit"


def warmth_word(warmth: float) -> str:
    """Warm, neutral or cool."""
    return "warm" if warmth >= _WARM else "cool" if warmth <= _COOL else "neutral"


def _colour(brightness: float, warmth: float) -> str:
    if brightness < _DARK_BRIGHTNESS:
        return "dark"
    return "warm" if warmth >= _WARM else "cool"


def _between(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
