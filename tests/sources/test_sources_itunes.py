"""The iTunes source: what it reads out of any payload, and how it searches and fetches over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_web import Answer, FakeWeb, as_json, itunes, itunes_song, music, serve_web, sound
from reelscore.errors import InvalidInputError, SourceError, TransientSourceError, UnusableAudioError
from reelscore.net.http import Timeouts, close_connections
from reelscore.net.retry import RetryPolicy
from reelscore.records import Track, TrackIssue, song_id
from reelscore.sources.itunes import ITunesSource, parse_search, parse_song

QUICK = RetryPolicy(attempts=3, first_wait=0.01, longest_wait=1.0, longest_retry_after=1.0)
TIMEOUTS = Timeouts(piece_seconds=0.4, answer_seconds=1.0)
SEARCH = "/search"


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    web = FakeWeb(routes={"/preview/": sound})
    web.routes[SEARCH] = itunes(web, lambda term: [itunes_song(web, number) for number in range(450)])
    with serve_web(web):
        yield web
    close_connections()


def source(web: FakeWeb, tmp_path: Path, **options: Any) -> ITunesSource:
    return ITunesSource(
        **{"artists": ["The Weather"], **options},
        folder=tmp_path / "fetched",
        base_url=web.url,
        calls_per_minute=None,
        policy=QUICK,
        timeouts=TIMEOUTS,
    )


def parted(source: ITunesSource) -> tuple[list[Track], list[TrackIssue]]:
    offers = list(source.offer())
    return (
        [offer for offer in offers if isinstance(offer, Track)],
        [offer for offer in offers if isinstance(offer, TrackIssue)],
    )


# --- reading -----------------------------------------------------------------------------------------

WEB = FakeWeb(port=1)


def test_a_song_is_read_whole() -> None:
    track = parse_song(itunes_song(WEB, 7), country="US")
    assert isinstance(track, Track)
    assert (track.source, track.source_id, track.id) == ("itunes", "9000007", song_id("itunes", "9000007"))
    assert (track.title, track.artists) == ("Pressure No. 7", ("The Weather", "Ada Rain"))
    assert (track.album, track.genre, track.year) == ("Fronts (Deluxe)", "Alternative", 2017)
    assert track.duration == pytest.approx(215.427)  # of the song, not of the preview
    assert track.preview_url == f"{WEB.url}/preview/7.p.m4a"
    assert track.page_url == track.uri == "https://music.apple.com/us/album/fronts/8000000?i=9000007&uo=4"
    assert track.artwork_url == f"{WEB.url}/image/7.jpg/600x600bb.jpg"
    assert track.labels == {"itunes_artist_id": "7000002", "itunes_album_id": "8000000", "store": "US"}


OPTIONAL = {
    "artistName": ("artists", ()),
    "collectionName": ("album", None),
    "primaryGenreName": ("genre", None),
    "releaseDate": ("year", None),
    "trackTimeMillis": ("duration", None),
    "trackViewUrl": ("page_url", None),
    "collectionId": ("isrc", None),
    "kind": ("album", "Fronts (Deluxe)"),
}


@pytest.mark.parametrize("field", OPTIONAL)
def test_what_is_missing_is_a_default(field: str) -> None:
    track = parse_song(itunes_song(WEB, 7, **{field: None}), country="US")
    assert isinstance(track, Track)
    name, value = OPTIONAL[field]
    assert getattr(track, name) == value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"previewUrl": None}, "no preview"),
        ({"previewUrl": "javascript:alert(1)"}, "no preview"),
        ({"previewUrl": "https://user:secret@host/x.m4a"}, "no preview"),
        ({"trackId": None}, "no id"),
        ({"trackId": True}, "no id"),
        ({"trackId": "../../etc"}, "no id"),
        ({"trackName": None}, "no title"),
        ({"trackName": " \u0000 "}, "no title"),
        ({"kind": "music-video"}, "a music-video, not a song"),
        ({"kind": None, "wrapperType": "collection"}, "a collection, not a song"),
    ],
)
def test_what_cannot_be_used_is_skipped_by_name(changes: dict[str, Any], reason: str) -> None:
    issue = parse_song(itunes_song(WEB, 7, **changes), country="US")
    assert isinstance(issue, TrackIssue)
    assert reason in issue.reason
    assert issue.name.startswith("The Weather, Ada Rain")
    assert issue.code == UnusableAudioError.code


@pytest.mark.parametrize("value", [True, -1, 0, 10**400, float("nan"), float("inf"), "215427", [], {}])
def test_a_senseless_length_is_none(value: object) -> None:
    track = parse_song(itunes_song(WEB, 7, trackTimeMillis=value), country="US")
    assert isinstance(track, Track)
    assert track.duration is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("https://a.b/c"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_payload_can_be_read(payload: object) -> None:
    assert all(isinstance(item, Track | TrackIssue) for item in parse_search(payload, country="US"))


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(itunes_song(WEB, 1), JSON)), max_size=3))
@settings(max_examples=60, deadline=None)
def test_every_result_becomes_a_track_or_an_issue(results: list[dict[str, Any]]) -> None:
    items = parse_search({"results": results}, country="US")
    assert len(items) == len(results)
    check(items)


@given(st.dictionaries(st.sampled_from(sorted(itunes_song(WEB, 1))), JSON, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_song_with_odd_fields_stays_sane(changes: dict[str, Any]) -> None:
    check([parse_song(itunes_song(WEB, 1) | changes, country="US")])


def check(items: list[Track | TrackIssue]) -> None:
    for item in items:
        if isinstance(item, TrackIssue):
            assert item.name and item.reason and "\n" not in item.name + item.reason
            continue
        assert item.title and item.preview_url and item.source_id
        assert item.duration is None or 0 < item.duration < 10**6
        assert item.year is None or 1800 <= item.year < 2100
        assert all(url is None or url.startswith("http") for url in (item.page_url, item.artwork_url))
        repr(item).encode()  # no half characters, which neither SQL nor JSON takes


# --- over the wire -----------------------------------------------------------------------------------


def test_a_search_asks_for_songs_of_the_artist(web: FakeWeb, tmp_path: Path) -> None:
    tracks, issues = parted(source(web, tmp_path, country="de", limit=30))
    assert (len(tracks), issues) == (30, [])
    assert tracks[0].labels["store"] == "DE"
    (request,) = web.asked(SEARCH)
    assert request.query == {
        **{"term": "The Weather", "attribute": "artistTerm", "country": "DE"},
        **{"media": "music", "entity": "song", "limit": "30"},
    }


def test_a_term_is_searched_anywhere(web: FakeWeb, tmp_path: Path) -> None:
    parted(source(web, tmp_path, artists=[], term=" rainy  days & nights ", limit=5))
    (request,) = web.asked(SEARCH)
    assert request.query["term"] == "rainy days & nights"
    assert "attribute" not in request.query


def test_pages_are_read_until_there_are_enough(web: FakeWeb, tmp_path: Path) -> None:
    tracks, _ = parted(source(web, tmp_path, limit=430))
    assert len({track.source_id for track in tracks}) == len(tracks) == 430
    asked = [(request.query.get("offset"), request.query["limit"]) for request in web.asked(SEARCH)]
    assert asked == [(None, "200"), ("200", "200"), ("400", "30")]


def test_paging_ends_with_the_store(web: FakeWeb, tmp_path: Path) -> None:
    tracks, _ = parted(source(web, tmp_path, limit=2000))
    assert len(tracks) == 450
    assert len(web.asked(SEARCH)) == 3


def test_a_store_that_knows_no_pages_is_not_asked_for_ever(web: FakeWeb, tmp_path: Path) -> None:
    page = as_json({"resultCount": 200, "results": [itunes_song(web, number) for number in range(200)]})
    web.routes[SEARCH] = lambda request: page
    tracks, _ = parted(source(web, tmp_path, limit=2000))
    assert len(tracks) == 200
    assert len(web.asked(SEARCH)) == 2


def test_a_store_that_sends_more_than_asked_is_cut_short(web: FakeWeb, tmp_path: Path) -> None:
    page = as_json({"results": [itunes_song(web, number) for number in range(20)]})
    web.routes[SEARCH] = lambda request: page
    assert len(parted(source(web, tmp_path, limit=8))[0]) == 8


def test_an_artist_that_is_not_in_the_store_is_named(web: FakeWeb, tmp_path: Path) -> None:
    web.routes[SEARCH] = itunes(web, lambda term: [itunes_song(web, 1)] if term == "A" else [])
    tracks, issues = parted(source(web, tmp_path, artists=["A", "B"]))
    assert len(tracks) == 1
    assert [(issue.name, issue.reason) for issue in issues] == [
        ("B", "nothing was found in the iTunes store of US")
    ]


def test_asked_too_often_is_waited_out(web: FakeWeb, tmp_path: Path) -> None:
    web.first[SEARCH] = [Answer(status=403), Answer(status=429, headers={"Retry-After": "0"})]
    assert len(parted(source(web, tmp_path, limit=3))[0]) == 3
    web.first[SEARCH] = [Answer(status=403)] * 3
    with pytest.raises(TransientSourceError, match="iTunes is asked too often"):
        parted(source(web, tmp_path))


def test_the_reason_of_a_refusal_is_passed_on(web: FakeWeb, tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"refused the search: Invalid value\(s\) for key\(s\): \[country\]"
    ):
        parted(source(web, tmp_path, country="XX"))


def test_a_page_that_fails_keeps_those_before_it(web: FakeWeb, tmp_path: Path) -> None:
    first = as_json({"results": [itunes_song(web, number) for number in range(200)]})
    web.first[SEARCH] = [first, *[Answer(b"{", cut_after=1, length=False)] * 3]
    tracks, issues = parted(source(web, tmp_path, limit=300))
    assert len(tracks) == 200
    assert [issue.name for issue in issues] == ["The Weather"]
    assert issues[0].code == TransientSourceError.code
    assert "not JSON" in issues[0].reason


def test_one_failed_search_does_not_stop_the_others(web: FakeWeb, tmp_path: Path) -> None:
    web.first[SEARCH] = [Answer(status=500)] * 3
    tracks, issues = parted(source(web, tmp_path, artists=["A", "B"], limit=5))
    assert len(tracks) == 5
    assert [issue.name for issue in issues] == ["A"]


def test_a_store_that_is_down_is_not_asked_for_every_artist(web: FakeWeb, tmp_path: Path) -> None:
    web.routes[SEARCH] = lambda request: Answer(status=503)
    tracks, issues = parted(source(web, tmp_path, artists=list("ABCDEF")))
    assert not tracks
    assert [issue.name for issue in issues] == list("ABCDEF")
    assert len(web.asked(SEARCH)) == 9  # three searches, three attempts each
    assert "not searched for" in issues[-1].reason


def test_an_answer_of_another_kind_is_a_line(web: FakeWeb, tmp_path: Path) -> None:
    web.first[SEARCH] = [as_json({"errorMessage": "?"})]
    tracks, issues = parted(source(web, tmp_path))
    assert (tracks, [issue.code for issue in issues]) == ([], [SourceError.code])


@pytest.mark.parametrize(
    "options",
    [{"country": "USA"}, {"country": ""}, {"limit": 0}, {"limit": 2001}, {"limit": True}, {"limit": "5"}],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        source(WEB, tmp_path, **options)


def test_nothing_to_search_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="at least one artist or a term"):
        parted(source(WEB, tmp_path, artists=[" "], term=""))


def test_a_preview_is_fetched_and_deleted(web: FakeWeb, tmp_path: Path) -> None:
    itunes_source = source(web, tmp_path, limit=1)
    (track,), _ = parted(itunes_source)
    web.first["/preview/0.p.m4a"] = [Answer(status=503), Answer(music(0), cut_after=5_000)]
    with itunes_source.fetch(track) as path:
        assert path.read_bytes() == music(0)
        assert path.is_relative_to(tmp_path / "fetched")
    assert not path.exists()
    assert not list((tmp_path / "fetched").iterdir())


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_preview_that_is_gone_is_told_at_once(web: FakeWeb, tmp_path: Path, status: int) -> None:
    itunes_source = source(web, tmp_path, limit=1)
    (track,), _ = parted(itunes_source)
    web.first["/preview/0.p.m4a"] = [Answer(status=status)]
    with pytest.raises(SourceError, match="its preview is gone"), itunes_source.fetch(track):
        pytest.fail("there is no preview")
    assert len(web.asked("/preview/0.p.m4a")) == 1
