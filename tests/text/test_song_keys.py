from __future__ import annotations

from reelscore.records import SongKeys
from reelscore.text.song_keys import KEYS_VERSION, song_keys


def test_songs_of_one_artist_piece_and_album_have_keys_in_common() -> None:
    one = song_keys("River Song", ["The Ana Bells"], "Rivers")
    assert song_keys("River Song (Live)", ["Ana Bells feat. Cy"], "RIVERS") == one
    other = song_keys("Sea Song", ["Ana Bells"], "Seas")
    assert other.artist == one.artist
    assert other.piece != one.piece and other.album != one.album
    elsewhere = song_keys("River Song", ["Cy"], "Rivers")
    assert not set(elsewhere).intersection(one)


def test_what_is_not_known_has_no_key() -> None:
    assert song_keys("River Song", [], None) == (0, 0, 0)
    assert song_keys("", ["Ana"], "").piece == song_keys("", ["Ana"], "").album == 0
    assert song_keys("River Song", [], "Rivers").album  # as caps on albums count it


def test_stored_keys_stay_true() -> None:
    # Files hold them: if this fails, raise the version and write down the new ones.
    assert KEYS_VERSION == 1
    titles = ["River Song (Live at Sea) - 2011 Remaster", "Étude No. 3 in E♭ major", "夜 (ライブ)"]
    found = [song_keys(title, ["The Ána Bells & Cy feat. Bo"], "Rivers II") for title in titles]
    artist, album = 4038030670466319430, 5451627234512987736
    pieces = [4561781380763009753, 6487736843423208313, 16360666776351958506]
    assert found == [SongKeys(artist, piece, album) for piece in pieces]
