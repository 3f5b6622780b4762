"""Video -> songs: whether the first songs for a film are ones that its editor would take.

A table of films (CSV) says of each what is to be seen and which music is wanted, in the terms of the labels
of a data set (`reelscore.evaluation.datasets`). A film is a file, or figures of one that was imagined: its
cuts a minute, motion, brightness, warmth, saturation and likeness to speech. What a vision model answered
about the films lies beside the table, in NAME-answers.jsonl: a line a film, with its name and the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.analysis.video import analyze_file
from reelscore.errors import InvalidInputError
from reelscore.evaluation.datasets import Dataset, LabelledQuery, read_csv, read_jsonl
from reelscore.evaluation.metrics import bootstrap_interval
from reelscore.evaluation.runner import EvaluationReport, LoadedDataset, load_into_library
from reelscore.evaluation.scoring import Scores
from reelscore.filters.table import RankingOptions
from reelscore.query.form import Query
from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import Progress, ProgressCallback, VideoAnalysis, VideoMeasurements, ignore_progress
from reelscore.search.engine import search
from reelscore.video.asking.conversation import analysis_of
from reelscore.video.asking.schema import Answer, AnswerError, parse_answer
from reelscore.video.local.interpret import interpret
from reelscore.video.local.wording import description_of, phrases_for, recommendation_of
from reelscore.wiring import Wiring

DEPTH = 5  # songs that an editor looks at
ENOUGH = 2  # of them that must be acceptable
# A film for which the library has fewer songs that are right is left out: nobody could find two among them.
FEWEST_RIGHT = 4
_SECONDS = 30.0  # of an imagined film
# Names are left out, since titles often say the labels.
_PLAIN = RankingOptions(names=False)
_FIGURES = ("cuts_per_minute", "motion", "brightness", "warmth", "saturation", "speech")
_TEXTS = ("name", "words", "seen", "wish", "relevant")


@dataclass(frozen=True, slots=True)
class Film:
    """A film, and the music that is wanted for it."""

    name: str
    words: str  # as a person says in five seconds what is to be seen
    seen: str  # as a model describes it
    wish: str  # the music, in the editor's words
    tempo_bpm: tuple[float, float]
    energy: float
    relevant: str  # expression over the labels of the music
    split: str | None = None
    file: Path | None = None
    figures: Mapping[str, float] | None = None  # of an imagined one
    answer: Answer | None = None  # of a vision model that was shown its pictures

    def analysis(self, wiring: Wiring) -> VideoAnalysis:
        """What the local analyser says of it."""
        if self.file is not None:
            return analyze_file(wiring, self.file)[0]
        return _imagined(self.figures or {})

    def answered(self, measured: VideoMeasurements | None) -> VideoAnalysis:
        """What the vision model says of it, as an analysis of the product."""
        assert self.answer is not None
        return analysis_of(
            self.answer,
            analyzer="vision",
            cache_key="",
            model="a vision model",
            duration=measured.duration if measured else _SECONDS,
            sections=self.answer.sections,
            measured=measured,
            usage={},
        )


ANSWERED = "vision model"  # if the table has its answers

# What somebody knows of a film -> what is asked.
CASES: Mapping[str, Callable[[Film], Query]] = {
    "nothing": lambda film: Query(analysis_id="film"),
    "five words": lambda film: Query(analysis_id="film", about=film.words),
    "description": lambda film: Query(analysis_id="film", about=film.seen),
    ANSWERED: lambda film: Query(analysis_id="film"),
    "wish": lambda film: Query(text=film.wish),
}


def read_films(path: Path, *, split: str | None = None) -> tuple[Film, ...]:
    """Read a table of films; files and answers are looked for beside it.

    Raises
    ------
    InvalidInputError
        The table cannot be read, or a line of it; the message says which.
    """
    answers = _answers(path.with_name(f"{path.stem}-answers.jsonl"))
    films = [_film(row, path.parent, where, answers) for where, row in read_csv(path)]
    films = [film for film in films if split is None or film.split == split]
    if not films:
        raise InvalidInputError(f"{path} has no film" + (f" of the split {split!r}" if split else ""))
    return tuple(films)


def evaluate_films(
    films: Sequence[Film], dataset: Dataset, wiring: Wiring, *, progress: ProgressCallback = ignore_progress
) -> EvaluationReport:
    """Score the answers to films over the music of a data set, in a library that holds nothing else."""
    loaded = load_into_library(dataset, wiring, progress=progress)
    scores = score_films(films, loaded, wiring, progress=progress)
    return EvaluationReport(dataset.name, len(loaded.dataset.tracks), len(films), loaded.left_out, scores)


def score_films(
    films: Sequence[Film],
    loaded: LoadedDataset,
    wiring: Wiring,
    *,
    progress: ProgressCallback = ignore_progress,
) -> tuple[Scores, ...]:
    """For each case: the share of films with enough acceptable songs among the first, and what else they fit.

    Figures of a case: `2 of 5`, `p@5`, and how well tempo and energy of the first songs fit what is wanted.
    """
    right = {film.name: _right(film, loaded.dataset) for film in films}
    kept = [film for film in films if right[film.name].sum() >= FEWEST_RIGHT]
    if not kept:
        raise InvalidInputError("for no film of the table is there enough music in the data set")
    number = {song: index for index, song in enumerate(loaded.ids)}
    analyses = {film.name: film.analysis(wiring) for film in kept}
    scores = []
    for case, question in CASES.items():
        if case == ANSWERED and any(film.answer is None for film in kept):
            continue
        values: dict[str, list[float]] = {
            name: [] for name in (f"{ENOUGH} of {DEPTH}", f"p@{DEPTH}", "tempo", "energy")
        }
        for index, film in enumerate(kept):
            progress(Progress(index, len(kept), f"{case}: {film.name}"))
            query = replace(question(film), limit=DEPTH, options=_PLAIN)
            known = analyses[film.name]
            if case == ANSWERED:
                known = film.answered(known.measurements)
            answer = search(wiring, query, analysis=None if query.text else known)
            found = [number[item.song.id] for item in answer.songs]
            good = int(right[film.name][found].sum()) if found else 0
            heard = [loaded.features[index] for index in found]
            measured = [(one.tempo_bpm, one.energy) if one else (None, None) for one in heard]
            tempo, energy = np.array(measured, dtype=np.float64).reshape(-1, 2).T
            values[f"{ENOUGH} of {DEPTH}"].append(float(good >= ENOUGH))
            values[f"p@{DEPTH}"].append(good / DEPTH)
            values["tempo"].append(float(np.mean(tempo_fit(tempo, film.tempo_bpm))) if found else 0.0)
            values["energy"].append(float(np.mean(energy_fit(energy, film.energy))) if found else 0.0)
        figures = {name: bootstrap_interval(each) for name, each in values.items()}
        scores.append(Scores("film", case, figures, {"films": len(kept), "left out": len(films) - len(kept)}))
    return tuple(scores)


def _right(film: Film, dataset: Dataset) -> Any:
    return dataset.relevance(LabelledQuery(film.name, "film", film.relevant))


def _answers(path: Path) -> dict[str, Answer]:
    """Name of a film -> what a vision model answered; none if there is no such file."""
    answers = {}
    for where, row in read_jsonl(path) if path.exists() else ():
        try:
            answers[row["name"]] = parse_answer(json.dumps(row["answer"]), row["seconds"])
        except (LookupError, TypeError, AnswerError) as error:
            raise InvalidInputError(f"{where} is no answer about a film: {error}") from error
    return answers


def _film(row: Mapping[str, Any], folder: Path, where: str, answers: Mapping[str, Answer]) -> Film:
    lacking = [name for name in _TEXTS if not row.get(name)]
    if lacking:
        raise InvalidInputError(f"{where}: a film has the fields {', '.join(_TEXTS)}; {lacking[0]} is empty")
    file = folder / row["file"] if row.get("file") else None
    try:
        low, high = (float(end) for end in row["tempo_bpm"].split("-"))
        figures = None if file else {name: float(row[name]) for name in _FIGURES}
        energy = float(row["energy"])
    except (KeyError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"{where}: a figure is missing or is none: {error}") from error
    texts = {name: row[name] for name in _TEXTS}
    return Film(
        **texts,
        tempo_bpm=(low, high),
        energy=energy,
        split=row.get("split"),
        file=file,
        figures=figures,
        answer=answers.get(texts["name"]),
    )


def _imagined(figures: Mapping[str, float]) -> VideoAnalysis:
    cuts = round(figures["cuts_per_minute"] * _SECONDS / 60.0)
    step = _SECONDS / (cuts + 1)
    measured = VideoMeasurements(
        duration=_SECONDS,
        width=1280,
        height=720,
        frame_rate=25.0,
        rotation=0,
        frames=round(25 * _SECONDS),
        cuts=tuple(step * (index + 1) for index in range(cuts)),
        contrast=0.2,
        has_audio=True,
        cuts_per_minute=figures["cuts_per_minute"],
        motion=figures["motion"],
        brightness=figures["brightness"],
        warmth=figures["warmth"],
        saturation=figures["saturation"],
        speech=figures["speech"],
    )
    wish = interpret(measured)
    return VideoAnalysis(
        description=description_of(measured),
        music_recommendation=recommendation_of(wish, ()),
        keywords=(),
        mood=wish.mood,
        genre_suggestions=wish.genres,
        tempo=wish.tempo,
        energy_level=wish.energy_level,
        analyzer="local",
        phrases=phrases_for(wish),
        tempo_bpm=wish.tempo_bpm,
        energy=wish.energy,
        measurements=measured,
    )
