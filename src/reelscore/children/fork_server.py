"""The process that children are forked from: it has one thread, and the libraries and models that they share.

A new process pays for importing and loading everything; a fork has it at once, in memory that
both share. The process that asks is no place to fork from: it has threads, locks and connections.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
from importlib import import_module
from typing import Any

from reelscore.children.child import work_for
from reelscore.monitoring import MONITOR

_LONELY_SECONDS = 60.0  # without any child; then it ends
NUMBER = struct.Struct("<i")  # over the pipe of a child: its process id, and at its end its exit status


def main(descriptor: int, *starts: str) -> None:
    """Fork a child for each pair of files (its socket, its pipe) that comes over a socket, until it closes.

    Parameters
    ----------
    starts
        "module:function" of what is called first.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C goes to the parent too, which ends this one
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what libraries print is nobody's business
    for start in starts:
        module, _, name = start.partition(":")
        with contextlib.suppress(Exception):  # whoever needs it fails with the reason
            getattr(import_module(module), name)()
    gc.freeze()  # what is shared is not written to
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    control = socket.socket(fileno=descriptor)
    watched: list[Any] = [control, woken]
    pipes: dict[int, int] = {}
    while True:
        ready = select.select(watched, [], [], None if pipes else _LONELY_SECONDS)[0]
        if not ready:
            break  # whoever wants a child again starts another one; the memory is free meanwhile
        if woken in ready:
            os.read(woken, 4096)
            _reap(pipes)
        if control in ready:
            asked, files, _, _ = socket.recv_fds(control, 1, 2)
            if not asked:
                break
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for other in (descriptor, woken, wake, files[1], *pipes.values()):
                    os.close(other)
                control.detach()
                work_for(files[0])
            os.close(files[0])
            pipes[pid] = files[1]
            _tell(files[1], pid)
            MONITOR.drain()  # of what was loaded here the first child tells
    for pid in pipes:
        os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _reap(pipes: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            pipe = pipes.pop(pid)
            _tell(pipe, os.waitstatus_to_exitcode(status))
            os.close(pipe)


def _tell(pipe: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(pipe, NUMBER.pack(number))
