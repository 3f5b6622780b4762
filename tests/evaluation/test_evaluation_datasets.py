"""Data sets: the own format, and the layouts of public sets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.evaluation.datasets import Dataset, LabelledQuery, LabelledTrack, read_folder, tag_queries
from reelscore.evaluation.readers import READERS, read_dataset

LABELS = """file,artist,album,style,tags,tempo_bpm,key,split
a.ogg,Ann,First,jazz,calm;piano,90,C major,dev
sub/b.ogg,Bob,Second,rock,loud,140,,test
c.ogg,,,,,,,
"""
QUERIES = """text,kind,relevant
quiet piano,mood,calm&piano
anything but rock,genre,!rock
fast or jazz,tempo,tempo:130-150 jazz
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "labels.csv").write_text(LABELS)
    (tmp_path / "queries.csv").write_text(QUERIES)
    return tmp_path


def test_own_format_is_read_with_missing_fields_left_empty(folder: Path) -> None:
    dataset = read_folder(folder)
    first, second, third = dataset.tracks
    assert first.tags == {"calm", "piano"}
    assert (first.tempo_bpm, first.key, first.split) == (90.0, "C major", "dev")
    assert second.path == folder / "sub" / "b.ogg"
    assert (third.artist, third.style, third.tempo_bpm, third.title) == (None, None, None, "c")


def test_relevance_follows_the_expression_of_each_query(folder: Path) -> None:
    dataset = read_folder(folder)
    found = [dataset.relevance(query).tolist() for query in dataset.queries]
    assert found == [[True, False, False], [True, False, True], [True, True, False]]


def test_json_lines_say_the_same_as_comma_separated_values(folder: Path) -> None:
    rows = [
        {"file": "a.ogg", "artist": "Ann", "album": "First", "style": "jazz", "tags": ["calm", "piano"]},
        {"file": "sub/b.ogg", "style": "rock", "tempo_bpm": 140},
    ]
    as_csv = read_folder(folder).tracks
    (folder / "labels.csv").unlink()
    (folder / "labels.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    as_json = read_folder(folder).tracks
    assert as_json[0].tags == as_csv[0].tags
    assert as_json[1].tempo_bpm == 140.0


def test_a_split_and_a_limit_narrow_the_tracks(folder: Path) -> None:
    dataset = read_folder(folder)
    assert [track.name for track in dataset.restrict(split="dev").tracks] == ["a.ogg"]
    assert [track.name for track in dataset.restrict(limit=2).tracks] == ["a.ogg", "c.ogg"]
    with pytest.raises(InvalidInputError, match="'dev', 'test'"):
        dataset.restrict(split="train")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("file\na.ogg\na.ogg\n", "line 3 of .*another file"),
        ("artist\nAnn\n", "line 2 of .*another file"),
        ("file,tempo_bpm\na.ogg,quick\n", "line 2 of .*'quick' is no tempo"),
        ("file\n", "without a track"),
    ],
)
def test_labels_that_cannot_be_used_are_named_with_their_line(
    tmp_path: Path, labels: str, message: str
) -> None:
    (tmp_path / "labels.csv").write_text(labels)
    with pytest.raises(InvalidInputError, match=message):
        read_folder(tmp_path)


def test_a_folder_without_labels_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"neither labels\.csv nor labels\.jsonl"):
        read_folder(tmp_path)
    (tmp_path / "labels.jsonl").write_text("{broken")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_folder(tmp_path)


@pytest.mark.parametrize("expression", ["", "tempo:quick", "a&"])
def test_an_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    dataset = Dataset("tiny", (LabelledTrack(Path("a"), "a"),))
    with pytest.raises(InvalidInputError):
        dataset.relevance(LabelledQuery("words", "any", expression))


def test_names_with_spaces_are_written_with_underscores() -> None:
    track = LabelledTrack(Path("x y.ogg"), "x y.ogg", artist="Two Words", tags=frozenset({"hip hop"}))
    dataset = Dataset("tiny", (track,))
    for expression in ("artist:two_words", "hip_hop", "file:x_y.ogg"):
        assert dataset.relevance(LabelledQuery("", "any", expression)) == np.array([True])


def test_tag_queries_ask_for_the_most_frequent_tags() -> None:
    tracks = [
        LabelledTrack(Path(n), n, tags=frozenset(tags)) for n, tags in (("1", "ab"), ("2", "a"), ("3", "c"))
    ]
    assert [query.text for query in tag_queries(tracks, kind="tag", most=2)] == ["a", "b"]


def _touch(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_gtzan_is_a_folder_for_each_genre(tmp_path: Path) -> None:
    _touch(tmp_path / "genres" / "jazz" / "jazz.00000.au")
    _touch(tmp_path / "genres" / "rock" / "rock.00000.au")
    dataset = read_dataset(tmp_path, "gtzan")
    assert [track.style for track in dataset.tracks] == ["jazz", "rock"]
    assert {query.text for query in dataset.queries} == {"jazz", "rock"}


def test_giantsteps_has_a_file_of_key_or_tempo_for_each_track(tmp_path: Path) -> None:
    _touch(tmp_path / "audio" / "1.LOFI.mp3")
    _touch(tmp_path / "audio" / "2.LOFI.mp3")
    _touch(tmp_path / "annotations" / "key" / "1.LOFI.key", "D minor\n")
    _touch(tmp_path / "annotations" / "tempo" / "2.LOFI.bpm", "127.0\n")
    first, second = read_dataset(tmp_path, "giantsteps").tracks
    assert (first.key, first.tempo_bpm) == ("D minor", None)
    assert (second.key, second.tempo_bpm) == (None, 127.0)


def test_magnatagatune_joins_tags_with_what_is_known_of_the_clip(tmp_path: Path) -> None:
    _touch(tmp_path / "f" / "one.mp3")
    _touch(
        tmp_path / "annotations_final.csv",
        '"clip_id"\t"slow"\t"no vocals"\t"mp3_path"\n2\t1\t1\tf/one.mp3\n3\t1\t0\tf/gone.mp3\n',
    )
    _touch(tmp_path / "clip_info_final.csv", "clip_id\tartist\talbum\ttitle\n2\tAnn\tFirst\tOne\n")
    dataset = read_dataset(tmp_path, "magnatagatune")
    assert [(t.artist, t.album, t.tags) for t in dataset.tracks] == [("Ann", "First", {"slow", "no_vocals"})]
    assert {query.text for query in dataset.queries} == {"slow", "no vocals"}


def test_each_caption_of_song_describer_is_answered_by_one_track(tmp_path: Path) -> None:
    _touch(tmp_path / "audio" / "14" / "1004034.2min.mp3")
    _touch(
        tmp_path / "song_describer.csv",
        "caption_id,track_id,caption,is_valid_subset,artist_id,album_id,path\n"
        "1,1004034,A calm guitar,True,a1,b1,14/1004034.mp3\n"
        "2,1004034,A strange one,False,a1,b1,14/1004034.mp3\n",
    )
    dataset = read_dataset(tmp_path, "song-describer")
    assert [query.text for query in dataset.queries] == ["A calm guitar"]
    assert dataset.relevance(dataset.queries[0]).tolist() == [True]


@pytest.mark.parametrize("layout", [layout for layout in READERS if layout != "folder"])
def test_a_folder_of_another_layout_is_refused(tmp_path: Path, layout: str) -> None:
    with pytest.raises(InvalidInputError):
        read_dataset(tmp_path, layout)


def test_an_unknown_layout_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="gtzan"):
        read_dataset(tmp_path, "fma")
    with pytest.raises(InvalidInputError, match="not a folder"):
        read_dataset(tmp_path / "gone", "gtzan")


def test_a_table_in_another_encoding_is_told_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    told = r"line 3 of .*labels\.(csv|jsonl) is not in UTF-8; save the file as UTF-8"
    for name, head, line in (
        ("labels.csv", "file,title\na.ogg,A\n", "b.ogg,Café\n"),
        ("labels.jsonl", '{"file": "a.ogg"}\n\n', '{"file": "b.ogg", "title": "Café"}\n'),
    ):
        path = tmp_path / name
        path.write_bytes((head + line).encode("latin-1"))
        with pytest.raises(InvalidInputError, match=told):
            read_folder(tmp_path)
        path.write_text(head + line, encoding="utf-8-sig")  # as spreadsheets and editors of Windows write it
        assert [track.name for track in read_folder(tmp_path).tracks] == ["a.ogg", "b.ogg"]
        path.unlink()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{broken", "line 2 of .* it is no JSON"),
        ("[1]", "line 2 of .* is no JSON object"),
        ('"b.ogg"', "line 2 of .* is no JSON object"),
        ('{"file": "b.ogg", "tempo_bpm": []}', "line 2 of .* is no tempo"),
    ],
)
def test_a_line_of_json_that_cannot_be_used_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "labels.jsonl").write_text('{"file": "a.ogg", "title": 7, "tags": [1990]}\n' + line)
    with pytest.raises(InvalidInputError, match=message):
        read_folder(tmp_path)


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "song_describer.csv").write_text("track_id,path\n1,1.mp3\n")
    with pytest.raises(InvalidInputError, match=r"line 2 of .*song_describer\.csv .* 'caption'"):
        read_dataset(tmp_path, "song-describer")
