"""Say in words why a song is in an answer. Only what was measured is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reelscore.records import MusicFeatures, MusicQuery, Reason

# A tempo of less confidence is no fact that a song can be praised for.
CLEAR_BEAT = 0.15
# As a factor: a tempo so near to the wanted range is heard as close to it.
_CLOSE_TEMPO = 1.08
# Energies are 0..1: within a level (low, medium, high) a wish counts as met up to the first distance; across
# the border of two levels a song is close to it up to the second.
_SAME_ENERGY = 0.2
_CLOSE_ENERGY = 0.1
# A tag is named from this probability on.
_NAMED = 0.3
_MOST_TAGS = 4


def describe(
    *,
    features: MusicFeatures | None,
    tags: Mapping[str, float],
    query: MusicQuery | None = None,
    matched: Sequence[str] = (),
    like: str | None = None,
    pace: str = "the picture",
    named: Sequence[str] = (),
) -> tuple[Reason, ...]:
    """Reasons for one song, the most telling first.

    Parameters
    ----------
    features, tags
        What is known about the song; tag -> probability, strongest first.
    query
        Its wishes are compared with the measurements.
    matched
        Phrases of the query under which the song came up near the top.
    like
        Title of the song that was asked with, for a song query.
    pace
        What sets the wanted tempo: "the slow cut rate".
    named
        What of the song the words name: "title", "artist", "album", "genre".
    """
    reasons = []
    if named:
        own = "its " + " and ".join("stated genre" if kind == "genre" else kind for kind in named)
        text = f"{own} {'is' if len(named) == 1 else 'are'} named in your words"
        reasons.append(Reason(text, "names", True))
    sound = _sound(features, tags)
    if sound:
        reasons.append(Reason(sound, "tags"))
    if matched:
        first, *_ = quoted = [f"“{phrase}”" for phrase in matched]
        text = f"near the top for {', '.join(quoted)}"
        reasons.append(Reason(text, "phrases", True, short=f"near the top for {first}"))
    if like:
        reasons.append(Reason(f"sounds like {like}", "song", True))
    if features and features.tempo_bpm:
        reasons.append(_tempo(features, query.tempo_bpm if query else None, pace))
    if query and query.energy is not None and features and features.energy is not None:
        reasons.append(_energy(features.energy, query.energy))
    return tuple(reasons) or (Reason("closest by its sound", "sound", True),)


def _tempo(features: MusicFeatures, wanted: tuple[float, float] | None, pace: str) -> Reason:
    tempo = features.tempo_bpm or 0.0
    if features.tempo_confidence is not None and features.tempo_confidence < CLEAR_BEAT:
        return Reason("no clear beat", "tempo", None if wanted is None else False)
    bpm = f"{tempo:.0f} bpm"
    if wanted is None:
        return Reason(bpm + (f" in {features.key}" if features.key else ""), "tempo")
    readings = ((tempo, ""), (tempo / 2, "half time"), (tempo * 2, "double time"))
    for close in (1.0, _CLOSE_TEMPO):
        for read, name in readings:
            if wanted[0] / close <= read <= wanted[1] * close:
                how = f"suits {pace}" if close == 1.0 else f"is close to what suits {pace}"
                text = f"{bpm} {how}" + (f" in {name} ({read:.0f})" if name else "")
                return Reason(text, "tempo", True)
    return Reason(f"{bpm}, while {wanted[0]:.0f}-{wanted[1]:.0f} was wanted", "tempo", False)


def _energy(energy: float, wanted: float) -> Reason:
    level, distance = _level(energy), abs(energy - wanted)
    if level == _level(wanted) and distance <= _SAME_ENERGY:
        return Reason(f"{level} energy, as wanted", "energy", True)
    if distance <= _CLOSE_ENERGY:
        return Reason(f"{level} energy, close to what was wanted", "energy", True)
    how = "more" if energy > wanted else "less"
    return Reason(f"{level} energy, {how} than was wanted", "energy", False)


def _sound(features: MusicFeatures | None, tags: Mapping[str, float]) -> str:
    words = [tag for tag, probability in tags.items() if probability >= _NAMED][:_MOST_TAGS]
    # Loud masters measure as energetic even if the music is calm; what is heard of it comes first.
    heard = {mood: tags[mood] for mood in ("calm", "energetic") if mood in tags}
    if heard and max(heard.values()) >= _NAMED:
        words = [word for word in words if word not in heard] + [max(heard, key=heard.__getitem__)]
    elif features and features.energy is not None:
        words.append({"low": "calm", "medium": "moderate", "high": "energetic"}[_level(features.energy)])
    return ", ".join(dict.fromkeys(words))


def _level(energy: float) -> str:
    if energy < 1 / 3:
        return "low"
    return "medium" if energy < 2 / 3 else "high"
