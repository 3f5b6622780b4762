"""`reelscore live`: music for a picture that is still coming."""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.backend import catalog_beside, open_backend
from reelscore.cli.choices import Choices, with_filters
from reelscore.cli.output import note
from reelscore.cli.panels import output_option
from reelscore.config import Settings, load_settings
from reelscore.errors import InvalidInputError, MediaError, NotFoundError, ReelscoreError, StorageError
from reelscore.export.formats import FORMATS, ExportOptions
from reelscore.files import write_whole
from reelscore.live.deciding import Rules
from reelscore.live.feeding import Feed
from reelscore.live.inputs import PIPE, Source, read_source
from reelscore.live.rendering import SetRenderer, WavFile
from reelscore.live.running import Run
from reelscore.live.seeing import ModelAnalyst, PictureModels, SceneReader
from reelscore.live.sending import Webhook, write_line
from reelscore.live.session import LiveSet, SetRules
from reelscore.live.songs import LiveSongs
from reelscore.live.timeline import set_timeline
from reelscore.query.form import Query
from reelscore.records import Credit, Media
from reelscore.video.container_facts import probe_media
from reelscore.wiring import open_wiring
from reelscore.wiring.analyzers import choose_model

# What can be typed while a set runs, each a line.
_COMMANDS: Mapping[str, Callable[[LiveSet, float], object]] = {
    "hold": lambda live, now: live.hold(True, now),
    "go on": lambda live, now: live.hold(False, now),
    "panic": lambda live, now: live.panic(True, now),
    "music": lambda live, now: live.panic(False, now),
    "next": lambda live, now: live.skip(now),
}
_TIMELINES = {form.suffix: kind for kind, form in FORMATS.items() if form.overlaps}


@with_filters
def live(
    picture: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file, - for a pipe, an address (rtsp, rtmp, srt, udp, tcp, http; HLS too), "
            "or a device: v4l2:/dev/video0.",
        ),
    ],
    about: Annotated[str | None, typer.Option(help="What is to be seen, in a few words.")] = None,
    guide: Annotated[str | None, typer.Option(help="A sentence that guides every search.")] = None,
    stay: Annotated[float, typer.Option(min=0.0, help="Seconds that a mood stays at least.")] = Rules().stay,
    no_repeat: Annotated[
        float, typer.Option(min=0.0, help="Minutes in which no song comes twice.")
    ] = SetRules().no_repeat / 60.0,
    music: Annotated[
        bool, typer.Option("--music/--no-music", help="Choose songs; or print events only.")
    ] = True,
    speed: Annotated[
        float, typer.Option(min=0.0, help="How many times as fast a file is played; 0: as fast as it can be.")
    ] = 1.0,
    out: Annotated[Path | None, output_option("Write what is played: set.wav.", "--out")] = None,
    ask_model: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            metavar="MINUTES",
            help="Ask Gemini or the vision model of the settings about the last minute, at most once in so "
            "many; not given: never.",
        ),
    ] = None,
    log: Annotated[Path | None, output_option("File of the events; not given: in the home.", "--log")] = None,
    timeline: Annotated[
        Path | None,
        output_option(
            "The set for an editor: .otio, .fcpxml, .xml or .mlt; not given: in the home.", "--timeline"
        ),
    ] = None,
    webhook: Annotated[str | None, output_option("Address that each event is sent to.", "--webhook")] = None,
    *,
    choices: Choices,
) -> None:
    """Music for a picture that is still coming. Events are lines of JSON; Ctrl-C ends it.

    While it runs, a line typed is a command: hold, go on, panic, music, next.
    """
    settings = load_settings()
    found = read_source(picture, settings.live_host_names)
    stamp = datetime.now().strftime("live/%Y%m%d-%H%M%S")
    log, timeline = log or settings.home / f"{stamp}.jsonl", timeline or settings.home / f"{stamp}.otio"
    if timeline.suffix not in _TIMELINES:
        raise InvalidInputError(f"cannot write {timeline.name}; known: {', '.join(sorted(_TIMELINES))}")
    backend = open_backend()
    rules = SetRules(calm=Rules(stay=stay), no_repeat=60.0 * no_repeat, music=music)
    if music:
        backend.search(Query(text="music", limit=1))  # loads what is needed, and refuses an empty library
    with ExitStack() as stack:
        events = _Events(stack, settings, log, webhook)
        wiring, catalog = open_wiring(settings), stack.enter_context(catalog_beside())
        songs = LiveSongs(wiring, catalog)
        asked = choices.query(about=about, guide=guide)
        one = LiveSet(ask=backend.search, load=songs.load, emit=events.send, asked=asked, rules=rules)
        sound = stack.enter_context(_sound(songs, out)) if out is not None else None
        reader = wiring.picture_reader
        model = choose_model(settings, lambda: catalog.usage) if ask_model is not None else None
        if ask_model is not None and model is None:
            one.problem("no model is asked: set GEMINI_API_KEY, or REELSCORE_VISION_URL", 0.0)
        analyst = (
            ModelAnalyst(model, 60.0 * ask_model) if model is not None and ask_model is not None else None
        )
        models = stack.enter_context(
            closing(PictureModels(SceneReader(reader) if reader is not None else None, analyst))
        )
        views = reader is not None or analyst is not None
        feed = Feed(found, settings.live_host_names, speed=speed, on_event=events.send_source, views=views)
        typed = _typed(found)

        def act(now: float) -> None:
            events.now = now
            while typed:
                typed.popleft()(one, now)
            models.report(one, now)

        run = Run(one, feed, renderer=sound, act=act, show=models.offer)
        why = "the source ended"
        try:
            with _ended_by_signals():
                run.go()
        except KeyboardInterrupt:
            why = "stopped by hand"
        finally:
            feed.stop()
            one.stop(run.now, why)
            if feed.late:
                events.send({"event": "late", "time": round(run.now, 3), "dropped": feed.late})
            if run.now > 0.0:
                _leave(one, run.now, found, songs, timeline)
    left = f", and the timeline for an editor is {timeline}" if run.now > 0.0 else ""
    note(f"the log is {log}{left}")


@dataclass
class _Events:
    """Events on their way: to stdout, to the log, and to a webhook."""

    stack: ExitStack
    settings: Settings
    log: Path
    webhook: str | None
    now: float = 0.0
    _sends: list[Callable[[Mapping[str, Any]], object]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            file = self.stack.enter_context(self.log.open("w", encoding="utf-8"))
        except OSError as error:
            raise StorageError(f"cannot write {self.log}: {error.strerror or error}") from error
        self._sends += [lambda event: write_line(file, event), lambda event: write_line(sys.stdout, event)]
        if self.webhook is not None:
            hook = Webhook(self.webhook, self.settings.live_host_names, note)
            self.stack.callback(hook.close)
            self._sends.append(hook.send)

    def send(self, event: Mapping[str, Any]) -> None:
        """Send an event everywhere."""
        with self._lock:
            for send in self._sends:
                send(event)

    def send_source(self, event: Mapping[str, Any]) -> None:
        """An event of the source, which knows no time; it comes from another thread."""
        self.send({**event, "time": round(self.now, 3)})
        if event.get("state") == "gone":
            note(f"the source is gone: {event['why']}; again in {event['again_in']:.0f} s")


@contextmanager
def _sound(songs: LiveSongs, out: Path) -> Iterator[SetRenderer]:
    if out.suffix.lower() != ".wav":
        raise InvalidInputError(f"cannot write {out.name}; what is played is written as .wav")
    try:
        file = WavFile(out)
    except (OSError, RuntimeError) as error:
        raise StorageError(f"cannot write {out}: {error}") from error
    renderer = SetRenderer(songs.path_of, file.write)
    try:
        yield renderer
    finally:
        renderer.close()
        file.close()
        if file.is_full:
            note(f"{out} is full, since a WAV file holds six hours; what came later is in the timeline alone")


def _typed(source: Source) -> deque[Callable[[LiveSet, float], object]]:
    """The commands that are typed, as they come."""
    typed: deque[Callable[[LiveSet, float], object]] = deque()

    def read() -> None:
        with suppress(OSError, ValueError):  # there is no stdin, or it is closed
            for line in sys.stdin:
                command = _COMMANDS.get(line.strip().lower())
                if command is not None:
                    typed.append(command)
                elif line.strip():
                    note(f"known: {', '.join(_COMMANDS)}")

    if source.kind != "pipe" and source.name != PIPE and sys.stdin is not None:
        threading.Thread(target=read, name="live-typed", daemon=True).start()
    return typed


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends a set as Ctrl-C does."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(one: LiveSet, seconds: float, source: Source, songs: LiveSongs, target: Path) -> None:
    """Write the timeline of a set that is over."""
    media: dict[str, Media] = {}
    known: list[Credit] = []
    for song_id in dict.fromkeys(laid.track.song_id for laid in one.laid):
        try:
            media[song_id] = probe_media(songs.path_of(song_id))
            known.append(songs.credit_of(song_id))
        except (MediaError, NotFoundError) as error:
            note(f"a song is not in the timeline: {error}")
    timeline = set_timeline(
        [laid for laid in one.laid if laid.track.song_id in media],
        seconds,
        media,
        name=target.stem,
        picture=probe_media(source.name) if source.kind == "file" else None,
        cuts=one.cuts,
        moods=one.moods,
        speech=one.speech,
        rights=known,
    )
    try:
        write_whole(target, FORMATS[_TIMELINES[target.suffix]].write(timeline, ExportOptions()))
    except ReelscoreError as error:
        note(f"the timeline was not written: {error}")
