"""Ctrl-C in two steps: the first has what is being worked at finished, the second ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["two_step_interrupts"]


@contextmanager
def two_step_interrupts() -> Iterator[Callable[[], bool]]:
    """Within, the first interrupt is only remembered, and the next raises KeyboardInterrupt.

    A termination signal counts like Ctrl-C: schedulers of clusters send one before they kill. In another thread than
    the main one, where Python takes no signals, nothing is changed.

    Yields
    ------
    callable
        Whether there was an interrupt.
    """
    asked = threading.Event()

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
