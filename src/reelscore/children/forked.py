"""The children of this process: how they are forked, kept while they wait for work, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from reelscore.children.channel import Channel, readable
from reelscore.children.fork_server import NUMBER

# Imports are found as in the parent, and none in the current folder.
_START = (
    "import sys; count = int(sys.argv[2]); sys.path[:] = sys.argv[3 + count:]\n"
    "from reelscore.children.fork_server import main; main(int(sys.argv[1]), *sys.argv[3:3 + count])"
)
_END_SECONDS = 5.0  # what a child may take to be gone whose end of the connection is closed


class ForkServer:
    """The process that children are forked from."""

    def __init__(self, starts: Sequence[str], environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self._lock = threading.Lock()
        self._control, other = socket.socketpair()
        arguments = [str(other.fileno()), str(len(starts)), *starts, *filter(None, sys.path)]
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the answers of commands go there
                # One thread to fork from, and no arenas for others: they take up address space.
                env={"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", **environment, **os.environ},
                pass_fds=(other.fileno(),),
            )

    def fork(self, *files: int) -> None:
        """Ask for a child with the other ends of its socket and pipe; OSError if the fork server is gone."""
        with self._lock:
            socket.send_fds(self._control, [b"+"], files)

    def close(self) -> None:
        """End it, and whatever is left of its children."""
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Child:
    """One child process; OSError if it cannot be had."""

    def __init__(self, fork_server: ForkServer) -> None:
        own, other = socket.socketpair()
        self._pipe, pipe = os.pipe()
        self._code: int | None = None
        try:
            with other:
                fork_server.fork(other.fileno(), pipe)
        except OSError:
            own.close()
            os.close(self._pipe)
            raise
        finally:
            os.close(pipe)
        self.channel = Channel(own)
        self.worked = 0
        self._pid = self._number()  # waits for the fork server, whose first start takes a moment
        if self._pid < 0:  # it ended in this very moment
            own.close()
            os.close(self._pipe)
            raise ConnectionResetError("what children are forked from has ended")

    @property
    def alive(self) -> bool:
        """Whether it waits for work; one that has idled for long ends."""
        return not self.channel.ready(0.0)

    def end(self) -> int:
        """Wait for a child whose end of the connection is closed; how it ended, as `Popen.returncode`."""
        if self._code is None and readable(self._pipe, _END_SECONDS):
            self._code = self._number()
        return self.kill()

    def kill(self) -> int:
        """End it at once, in the midst of its work."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._code = self._number()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        self.channel.close()
        return self._code

    def _number(self) -> int:
        data = os.read(self._pipe, NUMBER.size)
        # Without an answer the fork server is gone, and all its children.
        return int(NUMBER.unpack(data)[0]) if data else -int(signal.SIGKILL)


class Children:
    """Children that wait for work, made when they are needed and used again; safe to use from all threads.

    Parameters
    ----------
    starts
        "module:function" of what loads what they share, once for all of them; may grow until the first.
    environment
        Variables of theirs, unless this process has them.
    """

    def __init__(self, starts: Sequence[str], environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self._starts = starts
        self._environment = environment
        self._idle: list[Child] = []
        self._fork_server: ForkServer | None = None
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a fork must not talk to the children of its parent

    def waiting(self) -> Child | None:
        """A child that waits for work; None if there is none."""
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None or child.alive:
                return child
            child.kill()

    def new(self) -> Child:
        """Another child; OSError if it cannot be had."""
        fork_server = self._started_server()
        try:
            return Child(fork_server)
        except OSError:  # it has ended: without children for long, or by whoever was short of memory
            with self._lock:
                if self._fork_server is fork_server:
                    self._fork_server = None
                    fork_server.close()
            return Child(self._started_server())

    def give_back(self, child: Child) -> None:
        """Let a child wait for more work."""
        with self._lock:
            self._idle.append(child)

    def close(self) -> None:
        """End the children that wait, and what they were forked from."""
        with self._lock:
            idle, self._idle = self._idle, []
            fork_server, self._fork_server = self._fork_server, None
        for child in idle:
            child.kill()
        if fork_server is not None:
            fork_server.close()

    def _started_server(self) -> ForkServer:
        with self._lock:
            if self._fork_server is None:
                self._fork_server = ForkServer(tuple(self._starts), self._environment)
            return self._fork_server

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._foreign = (self._idle, self._fork_server)  # kept, so that nobody ends them here
        self._idle, self._fork_server = [], None
