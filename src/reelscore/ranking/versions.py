"""Which songs are versions of one song: for display only, reversible, and never by their vectors.

Two recordings count as versions of one song if the first artist and the title agree once decorations
are gone ("feat. X", "(Remastered 2011)", "- Live at Y", "[Deluxe]"), and if their lengths allow it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from reelscore.records import Song, SongCard, SongKeys
from reelscore.text.folding import artist_key
from reelscore.text.titles import MARKERS, split_title

# A title of nothing but these names no piece: one artist may have several of it, which are told apart only by
# their length. Markings and keys of movements, and what stands in the list of a soundtrack.
_GENERIC = frozenset(
    """intro outro interlude prelude overture finale untitled theme main title skit credits end ending
    opening track hidden battle boss menu level stage silence bonus allegro allegretto adagio
    adagietto andante andantino presto prestissimo largo larghetto lento grave vivace moderato
    maestoso menuet menuetto minuet minuetto scherzo rondo gigue giga sarabande courante corrente
    allemande bourree gavotte aria recitativo recitative chorale fugue fuga toccata etude cadenza
    waltz mazurka con ma non e ed di da in and assai molto poco un piu tanto troppo moto brio fuoco
    spirito mosso cantabile sostenuto a b c d f g h sharp flat major minor no op i ii iii iv v vi vii
    viii ix x""".split()
)
_NOBODY = frozenset(("various artists", "various", "va", "unknown artist", "unknown"))
_SAME_RECORDING_SECONDS = 3.0
_SAME_LENGTH_RATIO = 1.25


def same_song(one: Song | SongCard, other: Song | SongCard) -> bool:
    """Whether two recordings are versions of one song; in doubt, no."""
    artist = artist_key(one.artists)
    if not artist or artist != artist_key(other.artists) or artist in _NOBODY:
        return False
    first, second = split_title(one.title), split_title(other.title)
    if not first.base or first.base != second.base:
        return False
    names = [word for word in first.base.split() if not word.isdecimal()]
    generic = bool(names) and all(word in _GENERIC for word in names)
    if one.duration is None or other.duration is None:
        return not generic
    difference = abs(one.duration - other.duration)
    if generic:
        return difference <= _SAME_RECORDING_SECONDS
    if any(MARKERS[marker] for marker in first.markers | second.markers):
        return True
    shorter, longer = sorted((one.duration, other.duration))
    return longer <= shorter * _SAME_LENGTH_RATIO or difference <= _SAME_RECORDING_SECONDS


def group_versions(
    songs: Sequence[str],
    keys: Mapping[str, SongKeys],
    cards: Callable[[Sequence[str]], Mapping[str, SongCard]],
) -> list[list[str]]:
    """Ids of songs with those of their versions, in the order of each group's first song.

    A song joins the first group whose first song is the same song; so what a group shows is that one,
    and the others are its versions.

    Parameters
    ----------
    keys
        Of the songs.
    cards
        Reads the cards of songs; only those are compared that have the key of their piece in common.
    """
    often = Counter(keys[song].piece for song in songs)
    compared = cards([song for song in songs if keys[song].piece and often[keys[song].piece] > 1])
    groups: list[list[str]] = []
    by_piece: dict[int, list[list[str]]] = {}
    for song in songs:
        same_piece = by_piece.setdefault(keys[song].piece, []) if song in compared else []
        for group in same_piece:
            if same_song(compared[group[0]], compared[song]):
                group.append(song)
                break
        else:
            group = [song]
            same_piece.append(group)
            groups.append(group)
    return groups
