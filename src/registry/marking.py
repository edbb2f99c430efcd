"""Marks: what a decorator says of a hand-written function, kept on the function itself.

Marking is not wrapping: the function stays the same object, so that its name, its debugger and its pickle survive.
Whoever makes an entry of it (`registry.sources.annotated`) reads the mark beside signature and docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

import msgspec

from registry.entry import FunctionKind, Output
from registry.errors import ArgumentError
from registry.memory import MEMORY_TYPES

__all__ = ["ATTRIBUTE", "Mark", "mark", "mark_of", "said_of"]

ATTRIBUTE = "__pipeline_schema__"

_KINDS = frozenset(get_args(FunctionKind))
_TRAITS = frozenset({"callback", "mutates", "random", "stateful"})


class Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of a function besides its signature; what is left out is read from that.

    Attributes
    ----------
    key : str or None
        Its key.
    memory_type : str or None
        Where its arrays must be, and where its results are.
    kind : str or None
        What comes out.
    flow : str or None
        The parameter that an implicit input binds.
    outputs : tuple of Output
        Its results, if there are several.
    traits : tuple of str
        Of ``random``, ``mutates``, ``callback``, ``stateful``.
    extras : dict
        Kept in the entry, never read.
    """

    key: str | None = None
    memory_type: str | None = None
    kind: FunctionKind | None = None
    flow: str | None = None
    outputs: tuple[Output, ...] = ()
    traits: tuple[str, ...] = ()
    extras: dict[str, Any] = {}


def mark(function: Callable[..., Any], said: Mark) -> None:
    """Keep a mark on a function, in the place of one that it had."""
    setattr(function, ATTRIBUTE, said)


def mark_of(function: object) -> Mark | None:
    """The mark of a function, or None; of what wraps a marked function, which `functools.wraps` gave the mark, too."""
    found = getattr(function, "__dict__", {}).get(ATTRIBUTE)
    return found if isinstance(found, Mark) else None


def said_of(
    *,
    key: str | None,
    memory_type: str | None,
    kind: FunctionKind | None,
    flow: str | None,
    outputs: Iterable[str] | Mapping[str, FunctionKind] | None,
    traits: Iterable[str],
    extras: Mapping[str, Any] | None,
) -> Mark:
    """What is said of a function, looked over.

    Raises
    ------
    ArgumentError
        For a word that is none of the known ones.
    """
    named = outputs if isinstance(outputs, Mapping) else dict.fromkeys(outputs or (), "unknown")
    traits = tuple(traits)
    for name, words, known in (
        ("memory_type", [memory_type] if memory_type else [], MEMORY_TYPES),
        ("kind", [kind] if kind else [], _KINDS),
        ("outputs", named.values(), _KINDS),
        ("traits", traits, _TRAITS),
    ):
        for word in words:
            if word not in known:
                message = f"{name} is {word!r}; known are {', '.join(sorted(known))}"
                raise ArgumentError(message, key=key, parameter=name, value=word)
    for name in named:
        if not name.isidentifier():
            message = f"outputs: {name!r} is no name; write it as in Python: letters, digits, _"
            raise ArgumentError(message, key=key, parameter="outputs", value=name)
    results = tuple(Output(name=name, kind=word) for name, word in named.items())  # type: ignore[arg-type]
    return Mark(
        key=key, memory_type=memory_type, kind=kind, flow=flow, outputs=results, traits=traits,
        extras=dict(extras or {}),
    )  # fmt: skip
