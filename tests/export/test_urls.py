"""File URLs as every importer reads them, and paths of the editor's machine."""

from __future__ import annotations

from fractions import Fraction
from urllib.parse import unquote, urlsplit

import pytest
from export_cases import HARD_NAME, make_timeline
from hypothesis import given
from hypothesis import strategies as st
from read_back import path_of_url

from reelscore.errors import InvalidInputError
from reelscore.export.urls import (
    MediaRoot,
    file_name,
    file_url,
    map_path,
    read_media_root,
    relocate,
)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/a b/c#d.wav", "file:///a%20b/c%23d.wav"),
        ("/100%/why?.wav", "file:///100%25/why%3F.wav"),
        ("/中文.wav", "file:///%E4%B8%AD%E6%96%87.wav"),
        ("D:\\My Music\\a#1.wav", "file:///D:/My%20Music/a%231.wav"),
        ("D:/x.wav", "file:///D:/x.wav"),
        ("\\\\server\\share\\a b.wav", "file://server/share/a%20b.wav"),
    ],
)
def test_urls_are_escaped(path: str, url: str) -> None:
    assert file_url(path) == url
    assert path_of_url(url) == path.replace("D:/", "D:\\")


def test_a_host_is_put_in_for_local_files_alone() -> None:
    assert file_url("/a.wav", host="localhost") == "file://localhost/a.wav"
    assert file_url("C:\\a.wav", host="localhost") == "file://localhost/C:/a.wav"
    assert file_url("\\\\nas\\a.wav", host="localhost") == "file://nas/a.wav"


def test_a_name_that_is_no_utf8_keeps_its_bytes() -> None:
    path = b"/caf\xe9.wav".decode("utf-8", "surrogateescape")
    assert file_url(path) == "file:///caf%E9.wav"
    assert path_of_url("file:///caf%E9.wav") == path


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_posix_path_comes_back(name: str) -> None:
    path = "/" + name.lstrip("/\\")
    url = file_url(path)
    assert url.isascii()
    assert not urlsplit(url).fragment
    assert unquote(urlsplit(url).path) == path


@pytest.mark.parametrize(
    ("roots", "path", "mapped"),
    [
        (["/srv/media=/Volumes/media"], "/srv/media/a/b.wav", "/Volumes/media/a/b.wav"),
        (["/srv/media=D:\\media"], "/srv/media/a/b.wav", "D:\\media\\a\\b.wav"),
        (["/srv/media=\\\\nas\\m\\"], "/srv/media/a.wav", "\\\\nas\\m\\a.wav"),
        (["/srv=/x", "/srv/media=/y"], "/srv/media/a.wav", "/y/a.wav"),
        (["/srv/med=/x"], "/srv/media/a.wav", "/srv/media/a.wav"),
        (["/=Z:\\"], "/a.wav", "Z:\\a.wav"),
        (["C:\\m=/mnt/m"], "C:\\m\\x\\a.wav", "/mnt/m/x/a.wav"),
    ],
)
def test_a_servers_path_becomes_the_editors(roots: list[str], path: str, mapped: str) -> None:
    assert map_path(path, [read_media_root(root) for root in roots]) == mapped


@pytest.mark.parametrize("text", ["", "=", "/a", "=/b", "/a="])
def test_half_a_mapping_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="FROM=TO"):
        read_media_root(text)


def test_all_files_of_a_timeline_move() -> None:
    timeline = relocate(
        make_timeline(Fraction(25)), [MediaRoot("/films", "F:\\films"), MediaRoot("/music", "M:")]
    )
    assert timeline.picture is not None
    assert timeline.picture.path == "F:\\films\\film.mov"
    assert file_name(timeline.music[0].media.path) == "song 1 #1.wav"
    assert timeline.music[0].media.path == "M:\\song 1 #1.wav"
    assert file_name(f"/films/{HARD_NAME}") == HARD_NAME
