"""The loop of a live set: pieces of a source in, the set moved on, its sound written."""

from __future__ import annotations

from collections.abc import Callable

from reelscore.live.feeding import Feed
from reelscore.live.inputs import Heard, Picture
from reelscore.live.rendering import SetRenderer
from reelscore.live.session import LiveSet

TICK_SECONDS = 0.1

Act = Callable[[float], object]
Show = Callable[[Picture], object]


class Run:
    """One run of a set over a source. `now` is the second of the stream that it has come to.

    Parameters
    ----------
    act
        Called at each tick with the second of the stream, before the set moves on.
    show
        Given each picture that has a view; must not wait.
    """

    def __init__(
        self,
        live: LiveSet,
        feed: Feed,
        *,
        renderer: SetRenderer | None = None,
        act: Act = lambda now: None,
        show: Show = lambda picture: None,
    ) -> None:
        self.now = 0.0
        self._live = live
        self._feed = feed
        self._renderer = renderer
        self._act = act
        self._show = show
        self._ticked = 0.0

    def go(self) -> None:
        """Run until the source ends; what it raises comes through."""
        behind: float | None = None  # how much later a piece is taken than it is shown, by the clock
        for piece in self._feed:
            if piece is None:
                if behind is not None:  # the music goes on while nothing comes, but begins with the picture
                    self._tick(max(self.now, self._feed.elapsed - behind))
                continue
            if isinstance(piece, Picture):
                self._live.picture(piece.time, piece.image)
                if piece.view is not None:
                    self._show(piece)
            elif isinstance(piece, Heard):
                self._live.sound(piece.time, piece.samples)
            behind = self._feed.elapsed - piece.time
            if piece.time >= self._ticked + TICK_SECONDS:
                self._tick(piece.time)
        self.finish()

    def finish(self) -> None:
        """Render what is planned up to now."""
        self._tick(self.now)

    def _tick(self, now: float) -> None:
        self.now = max(self.now, now)
        self._ticked = self.now
        self._act(self.now)
        self._live.tick(self.now)
        if self._renderer is not None:
            self._renderer.render(self._live.laid, self.now, ducked=self._live.speaking)
