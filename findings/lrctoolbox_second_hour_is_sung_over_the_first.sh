#!/usr/bin/env bash
# lrctoolbox: lyrics that are loaded and saved again are folded into one hour, lose their offset, and what is moved before 0 is sung last.
#
# Versions: lrctoolbox 1.3.0 on PyPI (its latest, of October 2026).
# Source:   a mix with lines (LRC) at 00:10, 59:50, 60:10 and 61:00.50 under [offset:+500], loaded and saved after its title was set; and a song
#           whose lines at 00:02 and 00:20 are moved by 3 s towards its beginning, by the loop of the package's README with -= for +=.
# Expected: the same four times in their order and the offset: the package reads, modifies and writes "synchronized lyrics, including their
#           metadata tags". In LRC minutes go on past 59. A line moved before the song begins at 00:00, or raises an error.
# Seen:     00:10 and 00:10, 01:00.50, 59:50: the third line is sung with the first. There is no offset any more, so that all lines are half
#           a second late. Of the song the second line is at 00:17, and the first comes after it at 59:59.00. Each number of the loaded object
#           is right; they are written as the minute and second of a day in 1970, and sorted when the object is copied to be saved.
# Why it hurts: lyrics of a concert or a DJ's mix, and words of an audio play, are destroyed by a change of their title, and the offset is
#           what people set to put words right. is_synced, the check of its README, says yes before and after.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check lrctoolbox==1.3.0

cd "$folder"
"$folder/venv/bin/python" -W ignore::DeprecationWarning - <<'PYTHON'
import pathlib

from lrctoolbox import SyncedLyrics


def saved(text, shift=0):
    """The lines of lyrics that were loaded, moved by some ms, given a title and saved."""
    pathlib.Path("loaded.lrc").write_text(text)
    lyrics = SyncedLyrics.load_from_file("loaded.lrc")
    assert lyrics.is_synced
    for line in lyrics:
        line.timestamp += shift
    lyrics.title = "Song"
    lyrics.save_to_file("saved.lrc", overwrite=True)
    assert SyncedLyrics.load_from_file("saved.lrc").is_synced
    lines = pathlib.Path("saved.lrc").read_text().splitlines()
    print(lines)
    return lines


mix = saved("[offset:+500]\n[00:10.00]one\n[59:50.00]two\n[60:10.00]three\n[61:00.50]four\n")
song = saved("[00:02.00]one\n[00:20.00]two\n", -3000)
assert mix[-4:] == ["[00:10.00]one", "[00:10.00]three", "[01:00.50]four", "[59:50.00]two"], "it changed"
assert not any("offset" in line for line in mix), "it changed"
assert song[-2:] == ["[00:17.00]two", "[59:59.00]one"], "it changed"
PYTHON
