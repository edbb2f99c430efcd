"""What happens at a call of a decorated function when nothing is to be converted: as little as can be.

A body is made once, when a function is resolved, and holds in its closure all that a call needs. Data of types that
were met before goes straight to the library, at the price of one look-up each; anything else takes the long way.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import Any, Final

from registry.binding import Binding, Call

__all__ = ["RAISE", "Failed", "make_body", "make_slow_body"]

Body = Callable[..., Any]

Failed = Callable[[Exception, tuple[Any, ...], dict[str, Any]], Any]
"""Given an exception and the call that it came from: what is done about it gives a result, or `RAISE`."""

RAISE: Final = object()
"""The exception shall go on. Raised elsewhere, it would hold on to the frame there, and that to the call's arrays."""


def make_body(raw: Callable[..., Any], binding: Binding, passing: set[type], slow: Call, failed: Failed) -> Body:
    """The body of a function without options that change its results.

    Parameters
    ----------
    raw : callable
        The library's function.
    binding : Binding
        Where its data is.
    passing : set of type
        Types whose values need no look; `slow` adds to it.
    slow : callable
        The call for everything else.
    failed : callable
        What is done about an exception.
    """
    if binding.variadic:
        return make_slow_body(slow, failed)
    if binding.positions == (0,) and len(binding.names) <= 1:
        return _make_body_of_one(raw, next(iter(binding.names), ""), passing, slow, failed)
    names = tuple(binding.names)
    mask = tuple(position in binding.positions for position in range(max(binding.positions, default=-1) + 1))

    def body(*args: Any, **kwargs: Any) -> Any:
        try:
            for value in compress(args, mask):
                if type(value) not in passing:
                    return slow(args, kwargs)
            if kwargs:
                for name in names:
                    if name in kwargs and type(kwargs[name]) not in passing:
                        return slow(args, kwargs)
            return raw(*args, **kwargs)
        except Exception as error:
            outcome = failed(error, args, kwargs)
            if outcome is RAISE:
                raise
            return outcome

    return body


def make_slow_body(slow: Call, failed: Failed) -> Body:
    """The body of a function that always takes the long way: with slices, another dtype, any number of arrays."""

    def body(*args: Any, **kwargs: Any) -> Any:
        try:
            return slow(args, kwargs)
        except Exception as error:
            outcome = failed(error, args, kwargs)
            if outcome is RAISE:
                raise
            return outcome

    return body


def _make_body_of_one(raw: Callable[..., Any], name: str, passing: set[type], slow: Call, failed: Failed) -> Body:
    """Of a function whose first parameter is its only data: most are."""

    def body(*args: Any, **kwargs: Any) -> Any:
        try:
            if type(args[0] if args else kwargs.get(name)) in passing:
                return raw(*args, **kwargs)
            return slow(args, kwargs)
        except Exception as error:
            outcome = failed(error, args, kwargs)
            if outcome is RAISE:
                raise
            return outcome

    return body
