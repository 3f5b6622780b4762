"""Say in words why a song is in an answer. Only what was measured is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import MusicFeatures, MusicQuery

# A fit from which on a wish counts as met.
_SUITS = 0.7
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
) -> tuple[str, ...]:
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
        reasons.append(f"{own} {'is' if len(named) == 1 else 'are'} named in your words")
    sound = _sound(features, tags)
    if sound:
        reasons.append(sound)
    if matched:
        reasons.append("near the top for " + ", ".join(f"“{phrase}”" for phrase in matched))
    if like:
        reasons.append(f"sounds like {like}")
    if features and features.tempo_bpm:
        bpm = f"{features.tempo_bpm:.0f} bpm"
        wanted = query.tempo_bpm if query else None
        if wanted is None:
            reasons.append(bpm + (f" in {features.key}" if features.key else ""))
        elif wanted[0] <= features.tempo_bpm <= wanted[1]:
            reasons.append(f"{bpm} suits {pace}")
        elif tempo_fit(features.tempo_bpm, wanted) >= _SUITS:
            doubled = not wanted[0] / 1.5 <= features.tempo_bpm <= wanted[1] * 1.5
            how = "half or double of what suits" if doubled else "close to what suits"
            reasons.append(f"{bpm}, {how} {pace}")
        else:
            reasons.append(f"{bpm}, while {wanted[0]:.0f}-{wanted[1]:.0f} was wanted")
    if query and query.energy is not None and features and features.energy is not None:
        level = _level(features.energy)
        if energy_fit(features.energy, query.energy) >= _SUITS or level == _level(query.energy):
            reasons.append(f"{level} energy, as wanted")
        else:
            more = "more" if features.energy > query.energy else "less"
            reasons.append(f"{level} energy, {more} than was wanted")
    return tuple(reasons) or ("closest by its sound",)


def _sound(features: MusicFeatures | None, tags: Mapping[str, float]) -> str:
    words = [tag for tag, probability in tags.items() if probability >= _NAMED][:_MOST_TAGS]
    # Loud masters measure as energetic even where the music is calm; what is heard of it comes first.
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
