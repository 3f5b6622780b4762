"""Songs for films are scored by what the table of films says is right."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from reelscore.errors import InvalidInputError
from reelscore.evaluation.datasets import Dataset, LabelledTrack
from reelscore.evaluation.films import ANSWERED, CASES, read_films, score_films
from reelscore.evaluation.runner import LoadedDataset
from reelscore.wiring import Wiring

FILMS = Path(__file__).parents[2] / "benchmarks" / "data" / "films.csv"


def loaded(wiring: Wiring) -> LoadedDataset:
    songs = wiring.catalog.list_songs(limit=100)[0]
    tracks = tuple(
        LabelledTrack(Path(), song.source_id, tags=frozenset({song.labels["mood"], song.labels["genre"]}))
        for song in songs
    )
    ids = tuple(song.id for song in songs)
    measured = wiring.catalog.features(ids)
    return LoadedDataset(Dataset("demo", tracks), ids, tuple(measured[song] for song in ids), ())


def test_the_kept_films_are_read_and_lie_in_halves() -> None:
    films = read_films(FILMS)
    assert len(films) >= 100
    halves = [len(read_films(FILMS, split=split)) for split in ("dev", "test")]
    assert sum(halves) == len(films)
    assert abs(halves[0] - halves[1]) <= 1
    assert {film.name for film in films[::2]} & {film.name for film in films[1::2]} == set()
    for film in films:
        assert film.tempo_bpm[0] < film.tempo_bpm[1]
        assert 0.0 < film.energy < 1.0
        assert len(film.words.split(",")) <= 6


def test_real_clips_are_many_and_those_of_a_package_lie_in_one_half() -> None:
    path = FILMS.with_name("clips.csv")
    clips = read_films(path)
    assert len(clips) >= 60
    assert all(clip.answer is not None and len(clip.answer.phrases) >= 3 for clip in clips)
    assert all(clip.file is not None and clip.figures is None for clip in clips)
    with path.open(encoding="utf-8", newline="") as file:
        halves = {(row["package"], row["split"]) for row in csv.DictReader(file)}
    assert {split for _, split in halves} == {"dev", "test"}
    assert len(halves) == len({package for package, _ in halves})
    tool = (FILMS.parents[2] / "tools" / "fetch_evaluation_clips.py").read_text("utf-8")
    assert [package for package, _ in halves if f'"{package}": (' not in tool] == []


def test_what_is_known_of_a_film_is_asked_and_scored(demo_wiring: Wiring) -> None:
    expressions = ("calm tender", "happy energetic", "calm")
    answers = [clip.answer for clip in read_films(FILMS.with_name("clips.csv"))]
    films = tuple(
        replace(film, relevant=each, answer=answer)
        for film, each, answer in zip(read_films(FILMS), expressions, answers, strict=False)
    )
    unanswered = replace(films[0], name="none", relevant="polka")
    scores = score_films((*films, unanswered), loaded(demo_wiring), demo_wiring)
    assert [each.subject for each in scores] == list(CASES)
    # What a model wishes for is asked for, and not what was measured.
    fits = {each.subject: each.figures["tempo"].mean for each in scores}
    assert fits[ANSWERED] != fits["nothing"]
    without = [replace(film, answer=None) for film in films]
    scored = score_films(without, loaded(demo_wiring), demo_wiring)
    assert [each.subject for each in scored] == [case for case in CASES if case != ANSWERED]
    for each in scores:
        assert each.counts == {"films": 3, "left out": 1}
        assert set(each.figures) == {"2 of 5", "p@5", "tempo", "energy"}
        assert all(0.0 <= figure.mean <= 1.0 for figure in each.figures.values())
    everything = tuple(replace(film, relevant="calm !calm") for film in films)
    for each in score_films(everything, loaded(demo_wiring), demo_wiring):
        assert each.figures["p@5"].mean == 1.0


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_text("name,words,seen,wish,relevant,tempo_bpm,energy\na,b,c,d,e,fast,0.5\n", "utf-8")
    with pytest.raises(InvalidInputError, match=r"line 2 of .*films\.csv"):
        read_films(path)
    path.write_text("name,words,seen,wish,relevant\na,,c,d,e\n", "utf-8")
    with pytest.raises(InvalidInputError, match="words is empty"):
        read_films(path)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_films(tmp_path / "none.csv")
    path.write_text("name,words,seen,wish,relevant,tempo_bpm,energy\na,b,c,d,e,60-90,0.5\n", "utf-8")
    answers = tmp_path / "films-answers.jsonl"
    for line in ("no JSON", '{"name": "a"}', '{"name": "a", "seconds": 9, "answer": {"mood": "calm"}}'):
        answers.write_text(f"{line}\n", "utf-8")
        with pytest.raises(InvalidInputError, match=r"line 1 of .*films-answers\.jsonl"):
            read_films(path)
