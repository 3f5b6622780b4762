"""Which parts of a video go into its copy, and how a moment of the copy is found in the video. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelscore.records import Section
from reelscore.video.gemini.options import SampleOptions


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the video that the copy holds, in seconds of the video."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def plan_pieces(seconds: float | None, options: SampleOptions) -> tuple[Piece, ...]:
    """The whole video if it is short enough, else evenly spaced pieces from its start to its end.

    A video whose length is not known is taken from its start.
    """
    if seconds is None:
        return (Piece(0.0, options.max_seconds),)
    if seconds <= options.max_seconds:
        return (Piece(0.0, seconds),)
    count = max(1, int(options.max_seconds / options.piece_seconds))
    if count == 1:
        return (Piece(0.0, options.piece_seconds),)
    step = (seconds - options.piece_seconds) / (count - 1)
    return tuple(Piece(step * i, step * i + options.piece_seconds) for i in range(count))


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where a moment of the copy lies in the video.

    Each piece speaks for the stretch up to the next piece, so that what was said about the copy covers
    the video without gaps.
    """

    pieces: tuple[Piece, ...]
    seconds: float  # of the video

    def in_video(self, moment: float) -> float:
        """A moment of the copy, in seconds of the video."""
        begin = 0.0
        for piece, following in zip(self.pieces, (*self.pieces[1:], None), strict=True):
            end = following.start if following else self.seconds
            if moment <= begin + piece.seconds or following is None:
                share = (moment - begin) / piece.seconds if piece.seconds > 0 else 0.0
                return piece.start + min(1.0, max(0.0, share)) * (end - piece.start)
            begin += piece.seconds
        return self.seconds

    def sections_in_video(self, sections: Sequence[Section]) -> tuple[Section, ...]:
        """Sections of the copy as sections of the video."""
        return tuple(
            Section(
                round(self.in_video(section.start), 3),
                round(self.in_video(section.end), 3),
                section.energy,
                section.mood,
            )
            for section in sections
        )
