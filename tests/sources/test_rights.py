"""Licences and who holds them: from tags, from what lies beside a file, and by hand."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from reelscore.records import Song
from reelscore.sources.folder.rights import credit_of, merged, read_credits_csv, read_license, read_nfo


def song_file(path: Path, tags: dict[str, str]) -> Song:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac" if path.suffix == ".flac" else "mp3", rate=44_100, layout="mono")
        container.metadata.update(tags)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.int16), format="s16", layout="mono")
        if path.suffix == ".mp3":
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.int16), format="s16p", layout="mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Song("1", "folder", str(path), "A song", ("Ada", "Bo"), "Album", uri=str(path))


@pytest.mark.parametrize("suffix", [".flac", ".mp3"])
def test_tags_state_rights(tmp_path: Path, suffix: str) -> None:
    song = song_file(
        tmp_path / f"a{suffix}",
        {"copyright": "2024 Ada", "publisher": "Label & Co", "ISWC": "T-034.524.680-1"},
    )
    credit = credit_of(song)
    assert (credit.title, credit.artist, credit.album) == ("A song", "Ada, Bo", "Album")
    assert (credit.rights_holder, credit.publisher, credit.iswc) == (
        "2024 Ada",
        "Label & Co",
        "T-034.524.680-1",
    )
    assert credit.licence == ""


def test_what_lies_beside_counts_more_and_the_table_most(tmp_path: Path) -> None:
    song = song_file(tmp_path / "a.flac", {"copyright": "tag", "publisher": "tag"})
    (tmp_path / "a.nfo").write_text(
        "<album><license>nfo</license><label>nfo</label><copyright>nfo</copyright></album>"
    )
    (tmp_path / "a.flac.license").write_text(
        "SPDX-FileCopyrightText: 2023 Ada <ada@example.org>\nSPDX-License-Identifier: CC-BY-SA-4.0\n"
    )
    credit = credit_of(song)
    assert (credit.licence, credit.publisher) == ("CC-BY-SA-4.0", "nfo")
    assert credit.rights_holder == "2023 Ada <ada@example.org>"
    (tmp_path / "credits.csv").write_text(
        "﻿File;Licence;Attribution\r\nb.flac;x;y\r\nsub/a.flac;CC0-1.0;by Ada\r\n"
    )
    assert (credit_of(song).licence, credit_of(song).attribution) == ("CC0-1.0", "by Ada")
    assert merged(credit_of(song), {"licence": "by hand", "nonsense": "x", "isrc": ""}).licence == "by hand"


def test_labels_of_a_source_and_its_page_are_kept() -> None:
    song = Song(
        "1",
        "demo",
        "1",
        "S",
        labels={"licence": "MIT", "mood": "calm"},
        isrc="USRC17607839",
        page_url="https://e.org",
    )
    credit = credit_of(song)
    assert (credit.licence, credit.isrc, credit.source_url) == ("MIT", "USRC17607839", "https://e.org")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("CC-BY-4.0\n", {"licence": "CC-BY-4.0"}),
        (
            "License: CC BY 4.0\nAttribution = Music by Ada\n",
            {"licence": "CC BY 4.0", "attribution": "Music by Ada"},
        ),
        ("A long text of a licence that says very much.\n", {}),
        ("", {}),
    ],
)
def test_license_files(text: str, known: dict[str, str]) -> None:
    assert read_license(text) == known


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_lies_beside_is_read_in_the_encodings_of_its_time(tmp_path: Path, encoding: str) -> None:
    song = song_file(tmp_path / "a.flac", {})
    (tmp_path / "credits.csv").write_text("file,rights holder\na.flac,Café Künstler\n", encoding=encoding)
    assert credit_of(song).rights_holder == "Café Künstler"


def test_hostile_and_broken_sidecars_say_nothing() -> None:
    assert read_nfo('<!DOCTYPE a [<!ENTITY b "c">]><a><license>&b;</license></a>') == {}
    assert read_nfo("<a><license>x") == {}
    assert read_credits_csv("file,licence\nother.mp3,x\n", "a.mp3") == {}
    assert read_credits_csv("", "a.mp3") == {}


def test_a_file_that_is_gone_says_nothing(tmp_path: Path) -> None:
    assert credit_of(Song("1", "folder", "x", "S", uri=str(tmp_path / "gone.mp3"))).licence == ""
