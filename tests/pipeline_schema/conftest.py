"""What tests of reading and of checking share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest


def _on_a_small_stack(call: Callable[[], Any]) -> Any:
    """The result, or the error, of a call in a thread with a stack of 256 KiB."""
    outcome: list[Any] = []

    def target() -> None:
        try:
            outcome.append(call())
        except Exception as error:
            outcome.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=target)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    return outcome[0]


@pytest.fixture
def on_a_small_stack() -> Callable[[Callable[[], Any]], Any]:
    """Gives the result, or the error, of a call in a thread with a stack of 256 KiB."""
    return _on_a_small_stack
