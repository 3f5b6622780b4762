"""What one client, one file and the copies of files may cost, as `docs/deployment.md` lists it.

What is a setting (`REELSCORE_MAX_UPLOAD_MB`, `REELSCORE_FILMS_MB`) stands in `config`.
"""

from __future__ import annotations

from dataclasses import dataclass

JSON_BYTES = 1_000_000  # a body, unless its route takes a file; files have REELSCORE_MAX_UPLOAD_MB
JSON_ITEMS = 10_000  # commas of a JSON body: each may become an error with a place and a sentence
PROBLEMS = 20  # problems of arguments that an answer lists
PROBLEM_CHARACTERS = 200  # of each of them
HEADER_SECONDS = 20.0  # until the head of a request is whole
BODY_CREDIT_SECONDS = 60.0  # a body may keep the server waiting this long,
BODY_BYTES_PER_SECOND = 1000  # and a second more for this many bytes that came
# An idle connection stays open longer than proxies and clients keep theirs (mostly 60 s): else one of them
# sends a request at the very moment in which it is closed, which is an error for its caller.
IDLE_SECONDS = 75
CONNECTIONS = 1000  # at once; fewer if the system allows fewer open files
RESERVED_FILES = 200  # open files that connections leave to databases, indexes and media
STREAMS = 500  # event streams at once,
STREAMS_OF_USER = 50  # and those of one user
REQUESTS_PER_MINUTE = 1200  # of one user, or of one address that has not signed in; files of the page apart

# One file.
FILM_PIXELS = 81_000_000  # of a picture of a film: 12K
FILM_PIXELS_IN_ALL = 10**13  # of the pictures that are decoded: 13 hours of 4K at 25 a second
FILM_SECONDS = 24 * 3600  # of a film, by the times of its pictures: damaged ones are days apart
COVER_BYTES = 100_000_000
COVER_PIXELS = 50_000_000
TAG_ENTRIES = 5_000  # the largest seen in real files is some hundred

# Copies that can be made again: those that were used longest ago go first.
PLAYABLE_BYTES = 2 << 30  # songs that browsers cannot play as they are
SPECTROGRAM_BYTES = 1 << 30
FREE_BYTES_LEFT = 500_000_000  # of the disk, that a copy of a film leaves to others


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """The limits of a piece of work on a file, in the child process that does it."""

    silence: float  # seconds without a word of how far it is; then it counts as hanging
    total: float  # seconds
    memory: int  # bytes of address space beyond what the child has at rest


# Headers, tags, pictures. A disk that sleeps may take half a minute to wake up.
BRIEF = MediaLimits(silence=60.0, total=60.0, memory=1_000_000_000)
# Decoding and measuring a song, of which at most 15 minutes are heard.
SOUND = MediaLimits(silence=300.0, total=600.0, memory=3_000_000_000)
# Films go on for hours; they tell how far they are about once for each second of video.
FILM = MediaLimits(silence=300.0, total=12 * 3600.0, memory=4_000_000_000)
# A question, whose child maps the files of the library: they take address space, not memory.
QUESTION = MediaLimits(silence=60.0, total=600.0, memory=1 << 42)
# A picture that is still coming: it may take days, but not so long until its first piece or its next.
LIVE = MediaLimits(silence=60.0, total=60.0, memory=2_000_000_000)
