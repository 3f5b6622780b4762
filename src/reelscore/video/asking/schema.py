"""The form of a model's answer, and the check of it.

What comes back is data from outside. It is held to the form again here, whatever the service promised:
types, lengths, counts and ranges. Small sins are mended in place (a tempo range the wrong way round, one
phrase too many); what cannot be mended is an `AnswerError` that says what is wrong, so that it can be
asked for again.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reelscore.records import Phrase, Section

TEMPI = ("Slow", "Medium", "Fast")
LEVELS = ("Low", "Medium", "High")
VOCALS = ("none", "either", "wanted")

MAX_SECTIONS = 8
MIN_PHRASES, MAX_PHRASES = 3, 5
MAX_TEXT = 1200  # characters of a description
MAX_WORDS = 60  # characters of a list item, a mood or a phrase
TEMPO_RANGE = (30.0, 240.0)  # bpm
# An answer is two to four thousand characters long; what is far beyond is not one.
MAX_ANSWER = 100_000

# Most items of each list.
_LISTS = {"keywords": 16, "genre_suggestions": 6, "instruments": 8, "eras": 4, "avoid": 8}
_FILLED = ("keywords", "genre_suggestions")

_TEXT = {"type": "string"}


def _list(items: Mapping[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "minItems": least, "maxItems": most}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _number(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high}


def answer_schema() -> dict[str, Any]:
    """The JSON schema that the request carries. The order of the fields is the order of thought."""
    return _object(
        {
            "description": _TEXT,
            "mood": _TEXT,
            "keywords": _list(_TEXT, 1, _LISTS["keywords"]),
            "speech": {"type": "boolean"},
            "sections": _list(
                _object(
                    {
                        "start": {"type": "number", "minimum": 0},
                        "end": {"type": "number", "minimum": 0},
                        "mood": _TEXT,
                        "energy": _number(0, 1),
                    }
                ),
                1,
                MAX_SECTIONS,
            ),
            "music_recommendation": _TEXT,
            "genre_suggestions": _list(_TEXT, 1, _LISTS["genre_suggestions"]),
            "instruments": _list(_TEXT, 0, _LISTS["instruments"]),
            "vocals": {"type": "string", "enum": list(VOCALS)},
            "eras": _list(_TEXT, 0, _LISTS["eras"]),
            "avoid": _list(_TEXT, 0, _LISTS["avoid"]),
            "tempo": {"type": "string", "enum": list(TEMPI)},
            "tempo_bpm": _object({"low": _number(*TEMPO_RANGE), "high": _number(*TEMPO_RANGE)}),
            "energy_level": {"type": "string", "enum": list(LEVELS)},
            "phrases": _list(_object({"text": _TEXT, "weight": _number(0, 1)}), MIN_PHRASES, MAX_PHRASES),
        }
    )


class AnswerError(Exception):
    """An answer that is not of the form; the message names what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. Times are seconds of the video that was sent."""

    description: str
    music_recommendation: str
    keywords: tuple[str, ...]
    mood: str
    genre_suggestions: tuple[str, ...]
    tempo: str
    energy_level: str
    speech: bool | None
    vocals: str
    instruments: tuple[str, ...]
    tempo_bpm: tuple[float, float] | None
    sections: tuple[Section, ...]
    eras: tuple[str, ...]
    avoid: tuple[str, ...]
    phrases: tuple[Phrase, ...]

    @property
    def energy(self) -> float:
        """The wanted energy, 0..1: the mean of the sections over time, held near the stated level."""
        low, high = {"Low": (0.0, 0.4), "Medium": (0.3, 0.7), "High": (0.6, 1.0)}[self.energy_level]
        seconds = sum(section.end - section.start for section in self.sections)
        if seconds <= 0:
            return (low + high) / 2
        mean = sum(section.energy * (section.end - section.start) for section in self.sections) / seconds
        return min(high, max(low, mean))


def parse_answer(text: str, seconds: float) -> Answer:
    """Read an answer about a video of `seconds` seconds.

    Raises
    ------
    AnswerError
        It is not JSON, or not of the form. All that is wrong is named, not only the first.
    """
    fields = _load(text)
    problems: list[str] = []
    texts = {
        name: _required_text(fields, name, most, problems)
        for name, most in (("description", MAX_TEXT), ("music_recommendation", MAX_TEXT), ("mood", MAX_WORDS))
    }
    lists = {name: _words(fields, name, most, problems) for name, most in _LISTS.items()}
    problems += [
        f"{name} is empty" for name in _FILLED if not lists[name] and isinstance(fields.get(name), list)
    ]
    tempo = _choice(fields, "tempo", TEMPI, problems)
    energy_level = _choice(fields, "energy_level", LEVELS, problems)
    vocals = _choice(fields, "vocals", VOCALS, problems)
    phrases = _phrases(fields, problems)
    sections = _sections(fields, seconds, problems)
    tempo_bpm = _tempo_bpm(fields, problems)
    if problems:
        raise AnswerError("; ".join(problems))
    speech = fields.get("speech")
    return Answer(
        description=texts["description"],
        music_recommendation=texts["music_recommendation"],
        keywords=lists["keywords"],
        mood=texts["mood"],
        genre_suggestions=lists["genre_suggestions"],
        instruments=lists["instruments"],
        eras=lists["eras"],
        avoid=lists["avoid"],
        tempo=tempo,
        energy_level=energy_level,
        speech=speech if isinstance(speech, bool) else None,
        vocals=vocals,
        tempo_bpm=tempo_bpm,
        sections=sections,
        phrases=phrases,
    )


# What could be taken for markup or for control of a terminal, and what cannot be seen: HTML, Markdown
# links and code, Rich's square brackets, escape and direction characters.
_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,200}>|[<>\[\]`{}|\\]")


def clean(value: str, most: int) -> str:
    """Plain text of at most `most` characters, on one line; cut at a word if it is too long."""
    visible = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", value[: most * 8])
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    text = " ".join(_MARKUP.sub(" ", visible).split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > most // 2 else cut).rstrip(" ,;:-") + "…"


_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)


def _load(text: str) -> Mapping[str, Any]:
    if len(text) > MAX_ANSWER:
        raise AnswerError(f"it is {len(text)} characters long")
    body = text.strip().removeprefix("\ufeff")
    fenced = re.fullmatch(r"```[a-zA-Z]*\s*(.*?)\s*```", body, re.DOTALL)
    fields = _json(fenced[1] if fenced else body)
    if fields is None:
        # Small models think aloud before the object, or say something behind it.
        said = _THOUGHTS.sub("", body)
        begin, end = said.find("{"), said.rfind("}")
        fields = _json(said[begin : end + 1]) if 0 <= begin < end else None
    if fields is None:
        raise AnswerError("it is not JSON")
    if isinstance(fields, list) and len(fields) == 1:
        fields = fields[0]
    if not isinstance(fields, dict):
        raise AnswerError("it is not a JSON object")
    return fields


def _json(text: str) -> Any:
    """The document in a text; None if there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _required_text(fields: Mapping[str, Any], name: str, most: int, problems: list[str]) -> str:
    value = fields.get(name)
    text = clean(value, most) if isinstance(value, str) else ""
    if not text:
        problems.append(f"{name} is {'missing' if name not in fields else 'not a text with words'}")
    return text


def _words(fields: Mapping[str, Any], name: str, most: int, problems: list[str]) -> tuple[str, ...]:
    value = fields.get(name, [])
    if name in _FILLED and name not in fields:
        problems.append(f"{name} is missing")
    if not isinstance(value, list):
        problems.append(f"{name} is not a list of texts")
        return ()
    unique: dict[str, str] = {}
    for item in value[: most * 4]:
        text = clean(item, MAX_WORDS) if isinstance(item, str) else ""
        if text:
            unique.setdefault(text.casefold(), text)
    return tuple(unique.values())[:most]


def _choice(fields: Mapping[str, Any], name: str, known: tuple[str, ...], problems: list[str]) -> str:
    value = fields.get(name)
    if isinstance(value, str):
        for choice in known:
            if value.strip().casefold() == choice.casefold():
                return choice
    problems.append(f"{name} is not one of {', '.join(known)}")
    return known[0]


def _real(value: Any) -> float | None:
    """A finite number, also if it came as text; None otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _tempo_bpm(fields: Mapping[str, Any], problems: list[str]) -> tuple[float, float] | None:
    value = fields.get("tempo_bpm")
    if value is None:
        return None
    ends = [_real(value.get("low")), _real(value.get("high"))] if isinstance(value, dict) else []
    numbers = [number for number in ends if number is not None]
    if len(numbers) != 2:
        problems.append("tempo_bpm has no low and high number")
        return None
    low, high = sorted(min(TEMPO_RANGE[1], max(TEMPO_RANGE[0], number)) for number in numbers)
    return low, high


def _phrases(fields: Mapping[str, Any], problems: list[str]) -> tuple[Phrase, ...]:
    value = fields.get("phrases")
    unique: dict[str, Phrase] = {}
    for item in value[: MAX_PHRASES * 4] if isinstance(value, list) else []:
        if not isinstance(item, dict) or not isinstance(item.get("text"), str):
            continue
        text = clean(item["text"], MAX_WORDS)
        weight = _real(item.get("weight", 1.0))
        if text and weight is not None and weight > 0:
            unique.setdefault(text.casefold(), Phrase(text, max(0.05, min(1.0, weight))))
    if len(unique) < MIN_PHRASES:
        problems.append(f"phrases has {len(unique)} usable items, and at least {MIN_PHRASES} are needed")
    # The weightiest stay; among equals, the first.
    kept = sorted(unique.values(), key=lambda phrase: -phrase.weight)[:MAX_PHRASES]
    return tuple(kept)


def _sections(fields: Mapping[str, Any], seconds: float, problems: list[str]) -> tuple[Section, ...]:
    value = fields.get("sections", [])
    if not isinstance(value, list):
        problems.append("sections is not a list")
        return ()
    read = []
    for item in value[: MAX_SECTIONS * 4]:
        if not isinstance(item, dict):
            continue
        start, end, energy = (_real(item.get(name)) for name in ("start", "end", "energy"))
        if start is None or end is None or energy is None:
            continue
        mood = clean(item["mood"], MAX_WORDS) if isinstance(item.get("mood"), str) else ""
        start, end = max(0.0, start), min(seconds, end)
        if end > start:
            read.append(Section(start, end, min(1.0, max(0.0, energy)), mood))
    if value and not read:
        problems.append("sections has no stretch with start, end and energy inside of the video")
    sections: list[Section] = []
    for section in sorted(read, key=lambda section: (section.start, section.end)):
        start = max(section.start, sections[-1].end if sections else 0.0)
        if section.end > start:
            sections.append(Section(start, section.end, section.energy, section.mood))
    while len(sections) > MAX_SECTIONS:
        shortest = min(range(len(sections) - 1), key=lambda i: sections[i + 1].end - sections[i].start)
        sections[shortest : shortest + 2] = [_joined(*sections[shortest : shortest + 2])]
    return tuple(sections)


def _joined(first: Section, second: Section) -> Section:
    lengths = first.end - first.start, second.end - second.start
    energy = (first.energy * lengths[0] + second.energy * lengths[1]) / sum(lengths)
    mood = first.mood if lengths[0] >= lengths[1] else second.mood
    return Section(first.start, second.end, energy, mood)
