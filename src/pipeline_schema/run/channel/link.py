"""The link: a socket over which a parent and its worker hand each other the descriptors of shared memory.

It is made with the worker, which inherits one end and finds its number among its arguments. Windows has no sockets that
carry descriptors; arrays then travel over the channel's pipes.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from typing import Any

__all__ = ["Link", "adopt"]

_OPTION = "--link="


class Link:
    """A link to a process that is yet to be started.

    Attributes
    ----------
    end : socket or None
        This process's, not inherited by any other; None where the system has no such sockets.
    """

    def __init__(self) -> None:
        self.end: socket.socket | None = None
        self._theirs: socket.socket | None = None
        if hasattr(socket, "send_fds"):
            self.end, self._theirs = socket.socketpair()

    def open(self, command: Sequence[str], **options: Any) -> Any:
        """Start the process, once; `options` are those of `subprocess.Popen`."""
        if self.end is None or self._theirs is None:
            return subprocess.Popen(command, **options)
        number = self._theirs.fileno()
        try:
            # The end must not stay open here: the worker's death is told by it.
            with self._theirs:
                return subprocess.Popen([*command, f"{_OPTION}{number}"], pass_fds=(number,), **options)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the link up: there is no process at its other end."""
        if self.end is not None:
            self.end.close()


def adopt(arguments: Sequence[str]) -> socket.socket | None:
    """The end of the link that this process was started with, if any; its own children won't have it."""
    for argument in arguments:
        if argument.startswith(_OPTION):
            end = socket.socket(fileno=int(argument.removeprefix(_OPTION)))
            end.set_inheritable(False)
            return end
    return None
