"""The words that negate, what looks like them, and what stands between them and what they turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from reelscore.text.music_words import is_music_word, singular
from reelscore.text.tokens import MINUS, Token

Pattern = tuple[str, ...]


class Kind(Enum):
    """How a negation reaches on."""

    NO = "no"  # a determiner: "no drums and vocals", but "no drums and soft piano"
    NOT = "not"  # turns one thing or one quality: "not sad and slow"
    WITHOUT = "without"  # a preposition: all that "and" joins
    VERB = "avoid"  # like a preposition; lists go on with "and"
    SIGN = "-"  # one word


@dataclass(frozen=True, slots=True)
class Negator:
    """A way to negate."""

    text: str
    kind: Kind
    music_only: bool = False  # negates nothing but words of music: "zero drums", not "zero gravity"
    undone: bool = False  # by a "not" before it: "don't forget the drums"


def _patterns(text: str) -> tuple[Pattern, ...]:
    return tuple(tuple(line.split()) for line in text.split(",") if line.split())


def _negators(
    kind: Kind, text: str, *, music_only: bool = False, undone: bool = False
) -> dict[Pattern, Negator]:
    return {
        pattern: Negator(" ".join(pattern), kind, music_only, undone or kind is Kind.VERB)
        for pattern in _patterns(text)
    }


# "I don't want", "it doesn't need", "there should be no": the verb behind is one of FILLERS.
_AUXILIARIES = """dont, doesnt, didnt, wont, cant, cannot, shouldnt, mustnt, wouldnt, couldnt, isnt, arent,
    wasnt, werent, hasnt, havent, hadnt, aint, neednt, not"""
_NEGATORS: dict[Pattern, Negator] = {
    **_negators(Kind.NOT, _AUXILIARIES),
    **_negators(Kind.NOT, "never, hardly any, barely any, scarcely any, nowhere near"),
    **_negators(Kind.NOT, "far from, far from being", music_only=True),
    **_negators(
        Kind.NO,
        """no, nor, neither, none of, no more, nobody, no one, noone, nothing, nothing like, not any,
        no longer, little to no, little or no, next to no, kein, keine, keinen, keiner""",
    ),
    **_negators(Kind.NO, "zero, nil, nix, fewer, less, too much, too many, less of, 0", music_only=True),
    **_negators(Kind.WITHOUT, "without, sans, ohne, senza", undone=True),
    **_negators(
        Kind.WITHOUT,
        """devoid of, void of, bereft of, empty of, absence of, absent, lack of, lack in, free of, free from,
        lacking, lacking in, lacks, instead of, in place of, in lieu of, as opposed to, rather than, anything
        but, everything but, all but, anyone but, anything except, everything except, anything other than,
        other than, aside from, apart from, except, except for, excepting, save for, barring, unlike,
        opposite of, the opposite of, light on, low on, clear of, shortage of""",
    ),
    **_negators(Kind.WITHOUT, "minus", music_only=True),
    **_negators(
        Kind.VERB,
        """avoid, avoids, avoided, avoiding, exclude, excludes, excluded, excluding, omit, omits, omitting,
        remove, removing, skip the, skip any, skip all, skipping the, ban, banning, ditch the, ditching the,
        ditch any, forgo, forego, eliminate, eliminating, get rid of, getting rid of, do without, does
        without, doing without, go without, going without, stay away from, staying away from, keep away from,
        steer clear of, stay clear of, shy away from, leave out, leaving out, leaves out, left out, leave
        off, take out, taking out, cut out, cutting out, keep out, strip out, filter out, rule out, turn off,
        switch off, tired of, sick of, fed up with, had enough of, enough of, enough with, bored of, bored
        with, i hate, we hate, hates, hating, dislike, dislikes, i dislike, allergic to, refrain from,
        forget, forget the, forget about, dispense with, dispensing with""",
    ),
    **_negators(
        Kind.VERB,
        """skip, skipping, hold the, hold all, lose the, lose all, lose any, losing the, kill the, cut the,
        cut all, drop the, drop all, dropping the, mute, muting, mute the, spare me, spare us, ditch, scrap
        the, tone down, turn down, go easy on, easy on, minimise, minimize, reduce, discard, delete, reject,
        prohibit, forbid, lessen, hate, nix the, axe the, scratch the, cant stand, cannot stand, cant bear,
        cannot bear""",
        music_only=True,
    ),
}  # fmt: skip
_NEGATORS[("than",)] = Negator("than", Kind.WITHOUT)
_NEGATORS[("non",)] = Negator("non", Kind.SIGN)
_NEGATORS[("anti",)] = Negator("anti", Kind.SIGN, music_only=True)
_NEGATORS[(MINUS,)] = Negator(MINUS, Kind.SIGN)

# Nothing is said by these but that what follows is wanted.
POSITIVE = frozenset(
    _patterns(
        """nothing but, nothing except, nothing other than, none other than, none but, no one but, not only,
        not just, not merely, not simply, not solely, not to mention, not without, never without, not enough,
        no lack of, no shortage of, not lacking, not lacking in, cant have too much, cant have too many, cant
        get enough, cant get enough of, cannot get enough of, cant go without, cant do without, cant live
        without, cannot do without, cannot go without, cannot live without, besides, beside, in addition to,
        as well as, dont forget, dont forget the, do not forget, do not forget the, dont mind, do not mind,
        wouldnt mind, would not mind, dont skimp on, do not skimp on, why not, not least, no doubt, no
        matter, no problem, no wonder, no worries, no rush, no preference, no idea, no thanks, no thank you,
        no way, or not, if not, not sure, not bad, without losing, without sacrificing, last but not least,
        never mind, more or less, not that it matters"""
    )
)
# These stay as they are, since they mean something of their own.
IDIOMS = frozenset(
    _patterns(
        """never give up, never ending, never before, never again, zero gravity, zero g, zero hour, ground
        zero, from zero, less is more, less than, no less than, no more than, non stop, non profit, non
        fiction, non linear, non diegetic, non commercial, non binary, doing nothing, nothing much, feel
        free, free jazz, free improvisation, free fall, free form, wordless choir, wordless vocals, wordless
        vocal, wordless voice, wordless voices, wordless singing, wordless chant, minus the bear, no wave, no
        limits, no limit, no mans land, no mans sky, no time to die, on hold, drop the bass, drop the beat,
        cut the rope, hold on, hate speech, at least, all but forgotten, unless"""
    )
)
# "-less" that takes nothing away from the music.
NOT_LESS = frozenset("fretless toneless tuneless soundless noteless".split())
STEMS = {"word": "vocals", "voice": "vocals", "lyric": "lyrics"}
# "Royalty free" is no music without royalty.
NOT_FREE = frozenset(
    """royalty copyright care hands risk ad ads licence license cost drm feel born set break for is are be
    was and totally completely 100 download im its go so the a run music song songs track sound""".split()
)
# Before "less", these are what is left out even if a thing follows: "vocal less piano".
LEFT_OUT = frozenset("vocal voice lyric drum beat percussion word singer".split())

# A wish behind a "not" turns all that is wished: "I don't want sad and slow music".
WISHES = frozenset(
    """want wants wanting need needs like likes include includes use uses have has having contain contains
    feature features add put give play require requires hear make show recommend suggest mood
    looking stand""".split()
)
# Between a negating word and what it turns.
DETERMINERS = frozenset("any the a an all those these that this such my our your its".split())
FILLERS = DETERMINERS | frozenset(
    """of kind kinds sort sorts type types bit hint hints trace traces sign signs use using amount shred
    whiff touch single too so very overly particularly especially really just even actually ever necessarily
    quite as much many lot lots more want wants wanting wanted need needs needing needed like likes include
    includes included including use uses used have has having contain contains containing feature features
    featuring add adding put give gives giving get gets play plays require requires be being been hear
    hearing sound sounding sounds feel feels feeling make makes making go going gonna wish care enjoy prefer
    to for with in it me us there must should would will can could please is are fan fond into interested
    looking mood look point room place whatsoever i we you they find show choose pick recommend suggest
    return suggestions do does let lets anything something""".split()
)
# A clause goes on with something else at these.
ENDINGS = frozenset(
    """for with in at from by to on during while when under behind because so then yet although though please
    instead which where who whose plus if unless until over through into like than thanks about only alone
    maybe perhaps preferably still is are was be should must has have i""".split()
)
CONJUNCTIONS = frozenset("and or nor & n but".split())
# Behind "and" and "or", these begin what is wanted.
OPENERS = frozenset(
    """with some more plenty lots just only but please maybe perhaps instead rather a an add use give make
    keep want i we prefer preferably very really quite then yet still also include includes including
    featuring feature mostly mainly definitely it its should must is which having has lead bring try put let
    leave go take show find play""".split()
)
# "No songs by", "no music with": what is turned goes on.
LINKS = frozenset("by from like of with in about that having featuring".split())
COUNTED = frozenset("song songs track tracks tune tunes piece pieces anything stuff".split())

# Behind what is not wanted, if nothing follows: "drums excluded", "vocals aren't needed".
_NOT_VERBS = ("not", "isnt", "arent", "never", "dont", "doesnt", "wasnt", "werent")
_REFUSED = _patterns(
    "wanted, needed, required, allowed, welcome, necessary, included, desired, present, permitted"
)
REFUSALS = frozenset(
    _patterns(
        """excluded, unwanted, forbidden, prohibited, banned, removed, omitted, muted, off, none, no, nope,
        out, unnecessary, off limits, turned off, switched off, left out, undesired, unwelcome, must go, have
        to go, no thanks, no thank you"""
    )
) | {(word, *verb) for word in _NOT_VERBS for verb in _REFUSED}
# Of these, some refuse only a thing ("vocals off", not "show off"), some only behind a sign ("vocals: no").
REFUSE_THINGS = frozenset(("off", "out"))
REFUSE_BEHIND_SIGNS = frozenset(("no", "none", "nope"))
# Before a "not", these say nothing of the music: "that it does not have drums".
BEFORE_NOT = frozenset(
    "do does did should must would could can will may i we it there really please that they you music".split()
)
BEFORE_REFUSAL = frozenset("a are is be should must to being were was = : ?".split())
AFTER_REFUSAL = frozenset("please and but thanks here there anymore either today at".split())
SPLIT_VERBS: Mapping[str, Collection[str]] = {
    **dict.fromkeys(
        ("leave", "leaving", "take", "taking", "cut", "keep", "keeping", "strip", "throw"),
        ("out", "away", "off"),
    ),
    **dict.fromkeys(("turn", "switch", "turning", "switching"), ("off", "down")),
}

# Whole names with an "and" in them.
_ONE_NAME = frozenset(
    {
        *(("drum", "bass"), ("drums", "bass"), ("rock", "roll"), ("rhythm", "blues"), ("call", "response")),
        *(("r", "b"), ("d", "b"), ("country", "western")),
    }
)
# Two things that are one: "kick drum".
_PAIRS = frozenset(
    {
        *((first, "drum") for first in ("kick", "bass", "snare", "steel", "hand", "drone")),
        *((first, "guitar") for first in ("bass", "rhythm", "lead", "slide")),
        *((first, "bass") for first in ("synth", "sub", "drum", "slap")),
        *((first, "string") for first in ("synth", "solo")),
        *((first, "clarinet") for first in ("bass",)),
        *(("solo", second) for second in ("piano", "violin", "cello", "guitar", "flute", "voice")),
        ("synth", "brass"),
        ("crowd", "noise"),
    }
)
_LONGEST = max(map(len, (*_NEGATORS, *POSITIVE, *IDIOMS, *REFUSALS)))
_IMPERATIVES = frozenset({("skip",), ("ditch",), ("hate",), ("forget",), ("mute",)})
# Without a word that begins one of these, or ends in "-less", a text negates nothing.
BEGINNINGS = frozenset(pattern[0] for pattern in (*_NEGATORS, *POSITIVE, *REFUSALS)) | {*SPLIT_VERBS, "free"}
# Every single word that negates, for who has to pass over it elsewhere.
NEGATING_WORDS = frozenset(pattern[0] for pattern in _NEGATORS if len(pattern) == 1) | {"without"}


def longest(patterns: Collection[Pattern], words: Sequence[str], at: int) -> int:
    """How many words from a place on are one of the patterns; the longest counts, 0: none."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + length]) in patterns:
            return length
    return 0


def is_one_name(words: Sequence[str], at: int) -> bool:
    """Whether the words around an "and" are one name."""
    return 0 < at < len(words) - 1 and (words[at - 1], words[at + 1]) in _ONE_NAME


def is_pair(first: str, second: str) -> bool:
    """Whether two words that name things name one thing together."""
    return (first, singular(second)) in _PAIRS


def find(tokens: Sequence[Token], at: int) -> tuple[Negator, int] | None:
    """The negator that begins at a token and how many tokens it has, or None."""
    if at >= len(tokens) or tokens[at].quoted:
        return None
    words = [token.word for token in tokens[at : at + _LONGEST]]
    length = longest(_NEGATORS, words, 0)
    if not length or any(token.quoted for token in tokens[at : at + length]):
        return None
    pattern = tuple(words[:length])
    following = tokens[at + length].word if at + length < len(tokens) else ""
    if pattern == ("no",) and (following.isdigit() or following == "."):  # No. 5
        return None
    if pattern == (MINUS,) and not at and not is_music_word(following):  # a slip: "-bach"
        return None
    if pattern in _IMPERATIVES and not _begins_clause(tokens, at):
        return None
    if pattern == ("than",) and not _is_compared(tokens, at):
        return None
    return _NEGATORS[pattern], length


def _is_compared(tokens: Sequence[Token], at: int) -> bool:
    """Whether "rather" stands before a "than" in the same clause: "rather piano than drums"."""
    while at and not tokens[at - 1].breaks:
        at -= 1
        if tokens[at].word == "rather":
            return True
    return False


def _begins_clause(tokens: Sequence[Token], at: int) -> bool:
    if not at:
        return True
    before = tokens[at - 1]
    return (
        before.breaks
        or before.word in CONJUNCTIONS
        or before.word in ("please", "just", "i", "we", "to", "dont", "not")
    )
