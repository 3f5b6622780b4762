"""One grammar of negation: which parts of a text are wanted, and which are not.

"Calm piano, no drums or vocals" wants calm piano; drums and vocals are not wanted. The sound side, the
sentence that guides a video and the search for names all read texts by this grammar, so that they agree.

A negation begins at a negating word ("without", "avoiding", "anything but", "-") and reaches to the end of
the thing that it turns (`music_words`), or, if no such thing is known, to the end of the clause. "Or" and
"nor" hand it on, and so does "and", unless what follows starts again ("no drums and more piano"). Words
between a negating word and what it turns ("do not *want to hear any* drums") belong to neither. A negating
word with nothing behind it is an ordinary word, and so is all that stands in quotation marks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from reelscore.text import negators
from reelscore.text.languages import connecting_in_english
from reelscore.text.music_words import (
    BURDENS,
    GENERIC,
    GENRES,
    HEADS,
    QUALITIES,
    is_music_word,
    is_sound_word,
    is_thing,
    singular,
)
from reelscore.text.negators import Kind, Negator
from reelscore.text.tokens import read_tokens


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text: from character `start` up to `end`.

    `negator` is the negating word, and empty if the part is wanted; `text` is what can be searched for.
    """

    start: int
    end: int
    text: str
    negator: str = ""

    @property
    def negated(self) -> bool:
        """Whether this is what should not be there."""
        return bool(self.negator)


@lru_cache(maxsize=256)  # one question reads its texts several times
def read_negations(text: str) -> tuple[Span, ...]:
    """The parts of a text in order, without the words that only negate.

    A wanted part may have several clauses, with their punctuation; each thing that is not wanted is a part of
    its own. A text without negation is one wanted part.
    """
    return _Reader(text).read()


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = connecting_in_english(text, read_tokens(text))
        self._words = [token.word for token in self._tokens]
        self._spans: list[Span] = []
        self._from = 0  # where the wanted part that is being read begins

    def read(self) -> tuple[Span, ...]:
        at = 0
        if not any(word in negators.BEGINNINGS or word.endswith("less") for word in self._words):
            at = len(self._tokens)  # as in most texts, there is nothing to turn
        while at < len(self._tokens):
            at = self._step(at)
        self._want(len(self._text))
        if not self._spans and self._text.strip():  # nothing but signs: a name, such as "!!!"
            self._spans.append(Span(0, len(self._text), self._text.strip()))
        return tuple(sorted(self._spans, key=lambda span: span.start))

    def _step(self, at: int) -> int:
        """Read what begins at a token; the token to go on from."""
        if self._tokens[at].quoted:
            return at + 1
        for reading in (self._refused, self._neutral, self._suffixed, self._split_verb, self._negated):
            after = reading(at)
            if after is not None:
                return after
        return at + 1

    # --- what only looks like a negation ---

    def _neutral(self, at: int) -> int | None:
        """Fixed phrases: those that say nothing are dropped, the others stay as they are."""
        length = negators.longest(negators.IDIOMS, self._words, at)
        if length:
            return at + length
        length = negators.longest(negators.POSITIVE, self._words, at)
        if length:
            self._drop(at, at + length)
            return at + length
        return None

    # --- negations behind what they turn ---

    def _suffixed(self, at: int) -> int | None:
        """Read "drumless", "drum-free" and "vocal free"."""
        word, token = self._words[at], self._tokens[at]
        if word.endswith("less") and word not in negators.NOT_LESS:
            stem = word.removesuffix("less")
            if is_thing(stem) and singular(stem) not in GENERIC:
                return self._turn(at, at + 1, "less", text=negators.STEMS.get(stem, stem))
        if at + 1 >= len(self._words) or self._words[at + 1] not in ("free", "less"):
            return None
        if word in negators.NOT_FREE or self._tokens[at + 1].quoted:
            return None
        suffix = self._tokens[at + 1]
        joined = suffix.joined
        if not joined and suffix.word == "free":
            after = self._words[at + 2] if at + 2 < len(self._words) else ""
            known = is_music_word(word) or word in BURDENS
            joined = known and singular(word) not in GENERIC and after not in ("of", "from", "for")
        if not joined and suffix.word == "less":
            followed = at + 2 < len(self._words) and is_music_word(self._words[at + 2])
            joined = is_thing(word) and singular(word) == word and singular(word) not in GENERIC
            joined = joined and (not followed or word in negators.LEFT_OUT)
        if not joined:
            return None
        return self._turn(at, at + 2, suffix.word, text=self._text[token.start : token.end])

    def _refused(self, at: int) -> int | None:
        """Read "drums excluded", "vocals are not wanted" and "vocals: none"."""
        length = negators.longest(negators.REFUSALS, self._words, at)
        if not length or not self._ends(at + length):
            return None
        first = at
        while first and self._words[first - 1] in negators.BEFORE_REFUSAL:
            first -= 1
        last = first
        while first and self._is_item(first - 1):
            first -= 1
        if first == last or not self._may_refuse(at, last):
            return None
        while self._words[first] in negators.FILLERS and first < last - 1:
            first += 1
        return self._turn(first, last, self._words[at], upto=at + length)

    def _may_refuse(self, at: int, last: int) -> bool:
        """Whether the word at a place refuses what ends there: "off" only a thing, "no" behind a sign."""
        word = self._words[at]
        if word in negators.REFUSE_THINGS:
            return is_thing(self._words[last - 1])
        return word not in negators.REFUSE_BEHIND_SIGNS or last < at

    def _split_verb(self, at: int) -> int | None:
        """Read "leave the drums out" and "turn the vocals off"."""
        particles = negators.SPLIT_VERBS.get(self._words[at])
        if particles is None:
            return None
        for end in range(at + 2, min(at + 8, len(self._words))):
            if self._tokens[end].breaks:
                return None
            if self._words[end] in particles:
                first = at + 1
                while first < end - 1 and self._words[first] in negators.FILLERS:
                    first += 1
                if not any(map(is_music_word, self._words[first:end])):
                    return None
                self._want(self._tokens[at].start)
                start = first
                for place in range(first, end + 1):
                    if place == end or self._words[place] in ("and", "or", ","):
                        if place > start:
                            self._add(start, place, self._words[at])
                        start = place + 1
                self._from = self._tokens[end].end
                return end + 1
        return None

    # --- negations before what they turn ---

    def _negated(self, at: int) -> int | None:
        found = negators.find(self._tokens, at)
        if found is None:
            return None
        negator, length = found
        first = self._object(at + length, negator)
        if first is None:
            return at + length
        inner = negators.find(self._tokens, first)
        if inner is not None:
            if negator.kind is Kind.NOT and inner[0].undone:
                # "Don't forget the drums", "not without drums": what follows is wanted after all.
                self._drop(at, first + inner[1])
                return first + inner[1]
            if negator.kind is not Kind.NOT:  # "except not too loud" says it twice
                self._drop(at, first)
                return first
        begin = at
        while negator.kind is Kind.NOT and begin and self._words[begin - 1] in negators.BEFORE_NOT:
            begin -= 1
        if negator.kind is Kind.NOT and negators.WISHES & set(self._words[at:first]):
            negator = replace(negator, kind=Kind.WITHOUT)
        elif negator.kind is Kind.NOT and at and self._words[at - 1] == "but":
            negator = replace(negator, kind=Kind.NO)
        end = self._item_end(first, negator)
        if negator.music_only and not any(map(is_sound_word, self._words[first:end])):
            return at + length
        self._want(max(self._from, self._tokens[begin].start))
        self._add(first, end, negator.text)
        after = self._others(end, first, negator)
        self._from = self._tokens[after - 1].end
        return after

    def _object(self, at: int, negator: Negator) -> int | None:
        """Where what is turned begins, or None if there is nothing."""
        if negator.kind is Kind.VERB and at < len(self._words) and self._words[at] == ":":
            at += 1
        while at < len(self._words) and self._words[at] in negators.FILLERS:
            if negators.find(self._tokens, at) is not None:
                break
            at += 1
        if at >= len(self._words) or self._tokens[at].breaks or self._words[at] in negators.CONJUNCTIONS:
            return None
        return None if self._words[at] in negators.ENDINGS else at

    def _others(self, at: int, first: int, negator: Negator) -> int:
        """Turn what "or", "and" and commas add to a negated item that ends at a token."""
        while True:
            begin = self._next_item(at, first, negator)
            if begin is None:
                return at
            end = self._item_end(begin, negator)
            self._add(begin, end, negator.text)
            at = end

    def _next_item(self, at: int, first: int, negator: Negator) -> int | None:
        if negator.kind is Kind.SIGN or at >= len(self._words):
            return None
        joint = at
        comma = self._words[joint] == ","
        if comma:
            joint += 1
        conjunction = self._words[joint] if joint < len(self._words) else ""
        if conjunction in ("or", "nor", "and", "&", "n"):
            joint += 1
            if self._words[joint : joint + 1] == ["or"]:  # and/or
                conjunction, joint = "or", joint + 1
        elif not (comma and (self._listed(joint, negator) or self._named(joint, first))):
            return None
        item = joint
        while item < len(self._words) and self._words[item] in negators.DETERMINERS:
            item += 1
        opened = joint < len(self._words) and self._words[joint] in negators.OPENERS
        if opened and self._words[joint] in ("a", "an"):  # "without a beat or a singer"
            opened = conjunction not in ("or", "nor") and self._words[first - 1] not in ("a", "an")
        if item >= len(self._words) or self._tokens[item].breaks or opened:
            return None
        if negators.find(self._tokens, item) is not None:
            return None
        if self._words[item] in negators.ENDINGS or self._words[item] in negators.CONJUNCTIONS:
            return None
        if conjunction in ("and", "&", "n") and not self._and_hands_on(first, item, negator, comma=comma):
            return None
        return item

    def _and_hands_on(self, first: int, item: int, negator: Negator, *, comma: bool) -> bool:
        """Whether "and" adds to what is negated: "without drums and vocals", not "not sad and slow"."""
        if comma and negator.kind is not Kind.VERB:
            return False
        end = self._item_end(item, negator)
        if self._words[end : end + 1] and self._words[end] in ("only", "instead", "alone"):
            return False
        if negator.kind in (Kind.NO, Kind.NOT) and self._words[item] in QUALITIES:
            return False
        return negator.kind is not Kind.NOT or (is_thing(self._words[first]) and is_thing(self._words[item]))

    def _named(self, at: int, first: int) -> bool:
        """Whether a comma goes on with what a colon began: "exclude: drums, vocals"."""
        begun = self._words[first - 1 : first] == [":"]
        return begun and at < len(self._words) and is_thing(self._words[at])

    def _listed(self, at: int, negator: Negator) -> bool:
        """Whether what follows a comma goes on with a list: "no drums, vocals or guitar"."""
        items = 0
        while at < len(self._words):
            item = at
            while item < len(self._words) and self._words[item] in negators.DETERMINERS:
                item += 1
            if item >= len(self._words) or self._tokens[item].breaks or self._words[at] in negators.OPENERS:
                return False
            if negators.find(self._tokens, item) is not None or self._words[item] in negators.ENDINGS:
                return False
            end = self._item_end(item, negator)
            if end - item > 3:
                return False
            items += 1
            word = self._words[end] if end < len(self._words) else ""
            if (
                word == ","
                and self._words[end + 1 : end + 2]
                and self._words[end + 1] in ("or", "nor", "and")
            ):
                end, word = end + 1, self._words[end + 1]
            if word in ("or", "nor"):
                return True
            if word == "and":
                return negator.kind is Kind.VERB and is_thing(self._words[item])
            if word != ",":
                return False
            at = end + 1
        return False

    def _item_end(self, first: int, negator: Negator) -> int:
        """Where what begins at a token ends: behind a known thing, or where something else begins."""
        if self._tokens[first].quoted:
            end = first
            while end < len(self._tokens) and self._tokens[end].quoted == self._tokens[first].quoted:
                end += 1
            return end
        end = first + 1
        while end < len(self._tokens) and self._tokens[end].joined:  # "hip-hop", "lo-fi"
            end += 1
        if negator.kind is Kind.SIGN:
            return end
        thing = is_thing(self._words[end - 1]) or self._words[end - 1] in GENRES
        generic = singular(self._words[end - 1]) in GENERIC
        while end < len(self._words):
            word = self._words[end]
            if self._tokens[end].breaks or self._tokens[end].quoted or word in negators.CONJUNCTIONS:
                if word in ("and", "&", "n") and negators.is_one_name(self._words, end):
                    end += 2  # drum and bass, rock n roll
                    thing = True
                    continue
                break
            if (generic or self._words[end - 1] in negators.COUNTED) and word in negators.LINKS:
                thing = generic = False
                end += 1
                continue
            if word in negators.ENDINGS or negators.find(self._tokens, end) is not None:
                break
            if thing:
                before = self._words[end - 1]
                goes_on = singular(word) in HEADS and (singular(before) == before or before in GENRES)
                goes_on = goes_on or negators.is_pair(before, word)
                if not (goes_on or (before in GENRES and is_thing(word))):
                    break
            elif self._words[end - 1] in QUALITIES and negator.kind is Kind.NOT and not is_thing(word):
                break
            thing = thing or is_thing(word)
            generic = generic and singular(word) in GENERIC
            end += 1
        return end

    # --- spans ---

    def _is_item(self, at: int) -> bool:
        """Whether a token may belong to an item before a refusal."""
        word = self._words[at]
        return (
            not (
                self._tokens[at].breaks
                or word in negators.CONJUNCTIONS
                or word in negators.ENDINGS
                or (word in ("no", "not", "without"))
            )
            and self._tokens[at].start >= self._from
        )

    def _ends(self, at: int) -> bool:
        return at >= len(self._words) or self._tokens[at].breaks or self._words[at] in negators.AFTER_REFUSAL

    def _want(self, upto: int) -> None:
        """The text before a character is wanted."""
        part = self._text[self._from : upto]
        if any(map(str.isalnum, part)):
            self._spans.append(Span(self._from, upto, " ".join(part.split())))
        self._from = upto

    def _drop(self, first: int, end: int) -> None:
        self._want(self._tokens[first].start)
        self._from = self._tokens[end - 1].end

    def _add(self, first: int, end: int, negator: str, text: str | None = None) -> None:
        start, stop = self._tokens[first].start, self._tokens[end - 1].end
        said = self._text[start:stop] if text is None else text
        self._spans.append(Span(start, stop, " ".join(said.strip("\"“”«»„'‘’").split()), negator))

    def _turn(
        self, first: int, end: int, negator: str, *, text: str | None = None, upto: int | None = None
    ) -> int:
        self._want(self._tokens[first].start)
        self._add(first, end, negator, text)
        after = end if upto is None else upto
        self._from = self._tokens[after - 1].end
        return after
