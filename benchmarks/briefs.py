"""Five-word briefs of films: what the product makes of each, beside what an editor would accept.

    .venv/bin/python benchmarks/briefs.py --keep HOME [--half a|b] [--failures] [--songs DATASET]

`data/briefs.csv` has what a person types into "What is it?", the styles and moods that an editor would
accept, the energy, the tempo, and what would be wrong. A hash of the words says to which half a brief
belongs: words are mended by `a`, `b` only reports.

A phrase that is asked for is right if it names an accepted style or mood and nothing that is wrong; its
weight counts, and the person's own words are not judged. `top` is whether the strongest is right, `energy`
and `tempo` whether the middle of what is asked lies in what is accepted, `said` the share of words with a
meaning of which the answer says what was made. With `--songs`: songs of the first five that have an accepted
style and mood by the labels of a data set, and nothing that is wrong; HOME is its library.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reelscore.config import Settings
from reelscore.evaluation.datasets import Dataset, read_folder
from reelscore.evaluation.metrics import bootstrap_interval
from reelscore.evaluation.runner import load_into_library
from reelscore.filters.table import RankingOptions
from reelscore.query.form import Query
from reelscore.query.lead import query_of
from reelscore.records import MusicQuery
from reelscore.search.engine import search
from reelscore.text.stop_words import FRAME
from reelscore.text.words import words_of
from reelscore.wiring import Wiring

BRIEFS = Path(__file__).parent / "data" / "briefs.csv"
FIRST, FEWEST = 5, 4
TOLD = ("understood", "guessed", "unknown")
ENERGIES = {"low": (0.0, 0.42), "mid": (0.32, 0.68), "high": (0.56, 1.0)}
# An accepted or wrong term -> beginnings of words that say the same in a phrase. Others stand for themselves.
SAID = {
    term: said.split()
    for term, said in {
        "orchestral": "orchestra symphon cinematic",
        "acoustic": "acoustic guitar unplugged",
        "electronic": "electr synth",
        "synth": "synth",
        "dance": "dance edm",
        "brass": "brass fanfare trumpet",
        "march": "march fanfare",
        "percussion": "percussi drum taiko",
        "world": "world tribal ethnic",
        "asian": "asian japan chin koto",
        "indian": "indian sitar tabla",
        "african": "africa tribal",
        "middle eastern": "middle oud orient",
        "latin": "latin samba salsa bossa tango flamenco",
        "classical": "classical baroque waltz",
        "jazz": "jazz ragtime",
        "swing": "swing jazz",
        "lounge": "lounge chill",
        "corporate": "corporate background unobtrusive",
        "indie": "indie",
        "lo-fi": "lo-fi lofi",
        "hip hop": "hip",
        "trap": "hip trap",
        "drone": "drone",
        "strings": "string violin cello",
        "choir": "choir chant sacred",
        "mandolin": "mandolin bouzouki",
        "folk": "folk",
        "country": "country western",
        "music box": "celesta lullaby box bells",
        "industrial": "industr mechanical machine",
        "metal": "metal",
        "rock": "rock",
        "punk": "punk",
        "circus": "circus cartoon comic fairground",
        "calm": "calm quiet still soft meditat relax slow",
        "peaceful": "peace calm serene gentle meditat",
        "relaxed": "relax mellow laid chill easy smooth",
        "tender": "tender gentle soft lullaby",
        "romantic": "romant tender sensual love",
        "warm": "warm cosy mellow heartfelt",
        "sad": "sad mourn melanchol bleak",
        "melancholic": "melanchol wistful sad mellow",
        "nostalgic": "nostalg wistful old retro",
        "cheerful": "cheer happy merry joy sunny",
        "playful": "playful bouncy comic cute mischiev",
        "funny": "funny comic silly playful cartoon",
        "quirky": "quirky mischiev sneaky odd playful",
        "energetic": "energ driving fast hard adrenaline pounding lively",
        "driving": "driving puls fast",
        "urgent": "urgent fast chase action",
        "tense": "tense suspense tension urgent",
        "suspense": "suspens tense sneaky",
        "dark": "dark ominous bleak menacing low",
        "scary": "horror eerie creepy",
        "spooky": "spook eerie creepy horror gothic",
        "epic": "epic grand",
        "heroic": "hero epic",
        "majestic": "majest grand epic wide proud",
        "triumphant": "triumph hero",
        "uplifting": "uplift inspir hopeful optimis",
        "inspiring": "inspir uplift hopeful optimis",
        "hopeful": "hope uplift optimis",
        "mysterious": "myster curious strange eerie",
        "wonder": "magic curious wide dreamy floating",
        "solemn": "solemn sacred dignif mourn serious",
        "serious": "serious solemn thoughtful",
        "aggressive": "aggress hard heavy intense distort pounding",
        "dreamy": "dream float airy",
        "confident": "confident modern cool stylish",
        "groovy": "groov funk beat cool",
        "sensual": "sensual sultry smooth",
        "festive": "festiv party celebrat lively christmas samba",
        "neutral": "neutral unobtrusive light background modern minimal clean",
        "focused": "minimal calm steady",
        "adventurous": "adventur epic",
        "dramatic": "drama intense epic",
        "determined": "driving inspir",
    }.items()
}
# The same in the labels of the yardstick, where it has one.
LABELS = {
    term: said.split()
    for term, said in {
        "drone": "ambient",
        "strings": "orchestral",
        "choir": "orchestral",
        "organ": "orchestral",
        "synth": "electronic",
        "piano": "piano classical acoustic",
        "classical": "classical orchestral",
        "punk": "rock",
        "metal": "metal",
        "house": "dance techno",
        "dance": "dance techno",
        "drum and bass": "techno",
        "synthwave": "electronic",
        "middle eastern": "middle-eastern",
        "brass": "march orchestral",
        "corporate": "electronic",
        "lounge": "jazz ambient",
        "swing": "jazz",
        "blues": "blues",
        "funk": "dance",
        "pop": "dance electronic",
        "african": "world percussion",
        "peaceful": "calm",
        "relaxed": "calm",
        "tender": "calm",
        "romantic": "calm",
        "dreamy": "calm",
        "warm": "calm",
        "nostalgic": "calm sad",
        "melancholic": "sad calm",
        "solemn": "sad calm",
        "serious": "dark",
        "funny": "playful",
        "quirky": "playful",
        "driving": "energetic",
        "urgent": "energetic battle",
        "aggressive": "battle energetic",
        "tense": "dark",
        "suspense": "dark",
        "scary": "spooky dark",
        "mysterious": "dark spooky",
        "heroic": "epic battle",
        "majestic": "epic",
        "triumphant": "epic",
        "dramatic": "epic dark",
        "festive": "cheerful",
        "uplifting": "cheerful",
        "inspiring": "cheerful",
        "hopeful": "cheerful",
        "confident": "energetic",
        "groovy": "cheerful energetic",
        "wonder": "calm",
        "neutral": "calm",
        "adventurous": "epic cheerful",
        "focused": "calm",
        "determined": "energetic",
    }.items()
}


@dataclass(frozen=True)
class Brief:
    """What a person types of a film, and what an editor would accept."""

    words: str
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    energy: tuple[float, float]
    tempo_bpm: tuple[float, float]
    wrong: tuple[str, ...]

    @property
    def half(self) -> str:
        return "ab"[hashlib.sha256(self.words.encode()).digest()[0] % 2]


def read_briefs(path: Path = BRIEFS) -> list[Brief]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    briefs = []
    for row in rows:
        spans = [ENERGIES[name] for name in row["energy"].split(";")]
        low, high = map(float, row["tempo_bpm"].split("-"))
        styles, moods, wrong = (tuple(row[name].split(";")) for name in ("styles", "moods", "wrong"))
        energy = (min(span[0] for span in spans), max(span[1] for span in spans))
        briefs.append(Brief(row["words"], styles, moods, energy, (low, high), wrong))
    return briefs


def names_one(phrase: str, terms: Sequence[str]) -> bool:
    """Whether a phrase names one of some terms; "not sad" and the like are in no phrase."""
    words = phrase.casefold().replace("-", " ").split()
    return any(
        word.startswith(start.replace("-", " ").split()[0])
        for term in terms
        for start in SAID.get(term, [term])
        for word in words
    )


def judged(brief: Brief, music: MusicQuery, read: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Figures of one brief, each 0..1; `read`: what an answer says was made of its words."""
    asked = [phrase for phrase in music.phrases if phrase.text not in brief.words.casefold()]
    right = [
        names_one(phrase.text, (*brief.styles, *brief.moods)) and not names_one(phrase.text, brief.wrong)
        for phrase in asked
    ]
    wrong = [names_one(phrase.text, brief.wrong) for phrase in asked]
    weights = np.array([phrase.weight for phrase in asked])
    total = max(float(weights.sum()), 1e-9)
    figures = {
        "right": float(weights @ np.array(right)) / total if right else 0.0,
        "wrong": float(weights @ np.array(wrong)) / total if wrong else 0.0,
        "top": float(right[int(np.argmax(weights))]) if right else 0.0,
    }
    low, high = brief.energy
    figures["energy"] = float(music.energy is not None and low <= music.energy <= high)
    middle = float(np.sqrt(np.prod(music.tempo_bpm))) if music.tempo_bpm else 0.0
    figures["tempo"] = float(brief.tempo_bpm[0] <= middle <= brief.tempo_bpm[1])
    told = words_of(" ".join(word for name in TOLD for word in read[name]))
    words = [word for word in words_of(brief.words) if word not in FRAME and len(word) > 2]
    figures["said"] = sum(word in told for word in words) / len(words)
    return figures


def acceptable(brief: Brief, dataset: Dataset) -> np.ndarray:
    """Of which tracks labels say an accepted style and mood, and nothing that is wrong."""
    styles, moods, wrong = (
        {label for term in terms for label in LABELS.get(term, [term])}
        for terms in (brief.styles, brief.moods, brief.wrong)
    )
    wrong -= styles | moods
    return np.array(
        [bool(one.tags & styles and one.tags & moods and not one.tags & wrong) for one in dataset.tracks]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=("a", "b"))
    parser.add_argument("--failures", action="store_true", help="show each brief that is not read well")
    parser.add_argument("--songs", type=Path, help="a labelled data set, whose songs are scored too")
    parser.add_argument("--keep", type=Path, required=True, help="a library")
    given = parser.parse_args()
    wiring = Wiring(Settings(home=given.keep))
    loaded = load_into_library(read_folder(given.songs), wiring) if given.songs else None
    number = {song: index for index, song in enumerate(loaded.ids)} if loaded else {}
    for half in (given.half,) if given.half else ("a", "b"):
        briefs = [brief for brief in read_briefs() if brief.half == half]
        rows = []
        for brief in briefs:
            query = Query(about=brief.words, limit=FIRST, options=RankingOptions(names=False))
            answer = search(wiring, query)
            music = query_of(None, brief.words)
            read = answer.query["words"]
            figures = judged(brief, music, read)
            if loaded:
                good = acceptable(brief, loaded.dataset)
                if good.sum() >= FEWEST:
                    hits = int(good[[number[item.song.id] for item in answer.songs]].sum())
                    figures |= {"p@5": hits / FIRST, "2 of 5": float(hits >= 2)}
            rows.append(figures)
            if given.failures and (figures["right"] < 0.6 or not figures["energy"] or figures["said"] < 1):
                show(brief, music, read, figures)
        print(f"half {half}, {len(briefs)} briefs:")
        for name in sorted({name for row in rows for name in row}):
            values = [row[name] for row in rows if name in row]
            figure = bootstrap_interval(values, seed=0)
            print(f"  {name:7} {figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]  n {len(values)}")
    wiring.close()


def show(
    brief: Brief, music: MusicQuery, read: Mapping[str, Sequence[str]], figures: dict[str, float]
) -> None:
    phrases = "; ".join(f"{phrase.text} {phrase.weight}" for phrase in music.phrases)
    print(f"\n{brief.words}\n    {' '.join(f'{name} {value:.2f}' for name, value in figures.items())}")
    print(f"    wanted {'/'.join(brief.styles)} | {'/'.join(brief.moods)} | not {'/'.join(brief.wrong)}")
    print(f"    asked  {phrases} | energy {music.energy} | bpm {music.tempo_bpm}")
    print("    read   " + " | ".join(f"{name}: {', '.join(read[name])}" for name in TOLD))


if __name__ == "__main__":
    main()
