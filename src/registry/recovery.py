"""What can be done where a device runs out of memory: `registry.shortage` says what counts as that.

Any other error of a device passes: to try again would hide it. What is done is told to whoever listens (`listening`),
else as a warning, since pixels may have been made elsewhere than asked.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from registry.binding import Call
from registry.catalog import lookup
from registry.correspondence import counterparts
from registry.entry import FunctionEntry, Observed
from registry.shortage import is_out_of_memory

__all__ = ["MOST_TRIES", "Recovery", "cpu_counterpart", "listening", "splits_exactly"]

MOST_TRIES = 3
"""How often a call is tried again after what is no longer used was freed."""

Listener = Callable[[str], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener`, in words, of each recovery that a call in this context makes."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def splits_exactly(entry: FunctionEntry) -> bool:
    """Whether a stack gives what each of its slices gives: as trials saw it, of the function or of its CPU twin."""
    observed = entry.observed or _twin_observed(entry)
    return observed is not None and observed.stack == "slices" and not observed.random


def cpu_counterpart(entry: FunctionEntry) -> str | None:
    """The key of the function that does the same on the CPU under the same name and parameters; None if none does."""
    if entry.input_memory_type != "cupy":
        return None
    return next((twin.key for twin in counterparts(entry.key) if twin.basis == "name"), None)


class Recovery:
    """What is done when a function runs out of device memory.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function.
    words : str
        What `instead` is, for whoever listens; where there is none, why not.
    instead : callable, optional
        Gives what is called when trying again did not help.
    """

    def __init__(
        self, entry: FunctionEntry, *, words: str = "", instead: Callable[[], Callable[..., Any]] | None = None
    ) -> None:
        self._entry = entry
        self._words = words
        self._instead = instead

    def applies(self, error: BaseException) -> bool:
        """Whether this is an error to recover from: not where a first try may have written into its input."""
        return is_out_of_memory(error) and "mutates" not in self._entry.traits

    def run(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> Any:
        """Free what is no longer used and call again, a few times; then call what there is instead.

        Parameters
        ----------
        call : callable
            The whole call, with conversions and options.
        args, kwargs : tuple, dict
            As they came.
        error : Exception
            Of the first try.

        Raises
        ------
        Exception
            Of the last try, with a note of all that was tried.
        """
        tried: list[str] = []
        for number in range(1, MOST_TRIES + 1):
            _let_go(error)
            self._tell(tried, f"freed {_free_pools()} and tried again ({number} of {MOST_TRIES})")
            outcome = _attempt(call, args, kwargs)
            if not isinstance(outcome, _Failed):
                return outcome
            error = outcome.error
            if not is_out_of_memory(error):
                break
        else:
            if self._instead is not None:
                _let_go(error)
                _free_pools()
                self._tell(tried, self._words)
                return self._instead()(*args, **kwargs)
            if self._words:
                tried.append(self._words)
        error.add_note(f"{self._entry.key} ran out of device memory: {'; '.join(tried)}")
        try:
            raise error
        finally:
            del error  # or this frame and the error would keep each other, and the call's arrays, alive

    def _tell(self, tried: list[str], what: str) -> None:
        tried.append(what)
        message = f"{self._entry.key} ran out of device memory: {what}"
        listener = _listener.get()
        if listener is not None:
            listener(message)
        else:
            warnings.warn(message, RuntimeWarning, stacklevel=2)


class _Failed:
    """What a try ended with, so that it is no result, and nothing is done while its frames are alive."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _attempt(call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return call(args, kwargs)
    except Exception as error:
        return _Failed(error)


def _let_go(error: BaseException) -> None:
    """Forget what the failed call made: it hangs on its frames, and they on the error and on what it came from."""
    error.__traceback__ = error.__context__ = None
    if error.__cause__ is not None:
        _let_go(error.__cause__)


def _free_pools() -> str:
    """Give back what is no longer used; in words, how much that was."""
    gc.collect()
    cupy: Any = sys.modules.get("cupy")
    if cupy is None:
        return "what was no longer used"
    pool = cupy.get_default_memory_pool()
    held = pool.total_bytes()
    pool.free_all_blocks()
    cupy.get_default_pinned_memory_pool().free_all_blocks()
    return f"{held - pool.total_bytes()} bytes of the pool"


def _twin_observed(entry: FunctionEntry) -> Observed | None:
    key = cpu_counterpart(entry)
    return lookup(key).observed if key is not None else None
