"""Values as a hand-written function's annotations ask for them: the Enum, the dataclass, that a document can't hold.

Goes around the call of such functions only; a library's own function is handed what the document has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from registry.annotations import Maker, UnfitError, hints_of, maker
from registry.binding import Call, Layer
from registry.entry import FunctionEntry
from registry.errors import ArgumentError

__all__ = ["converting_layer"]


def converting_layer(entry: FunctionEntry, raw: Callable[..., Any]) -> Layer | None:
    """What makes the annotated objects of plain values at each call; None where no parameter asks for any.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function.
    raw : callable
        The function itself, whose annotations count.

    Returns
    -------
    Layer or None
        Its calls raise `ArgumentError` for a value that stands for no such object.
    """
    hints = hints_of(raw)
    makers = {p.name: made for p in entry.parameters if (made := maker(hints.get(p.name))) and "var_" not in p.kind}
    if not makers:
        return None
    positional = [p.name for p in entry.parameters if p.kind.startswith("positional")]

    def make(name: str, value: Any) -> Any:
        found: Maker | None = makers.get(name)
        try:
            return value if found is None else found(value)
        except UnfitError as error:
            message = f"{entry.key}: parameter {name}: {error}"
            raise ArgumentError(message, key=entry.key, parameter=name, value=value) from error

    def layer(call: Call) -> Call:
        def converted(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            named = tuple(make(name, value) for name, value in zip(positional, args, strict=False))
            return call(named + args[len(positional) :], {name: make(name, value) for name, value in kwargs.items()})

        return converted

    return layer
