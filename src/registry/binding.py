"""Where the arrays are in a call: which positions and names belong to parameters of role ``data``.

Worked out once for each function, so that a call costs no signature binding; shared by what converts, slices and
rescales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from registry.entry import FunctionEntry

__all__ = ["Binding", "Call", "Layer"]

Call: TypeAlias = Callable[[tuple[Any, ...], dict[str, Any]], Any]
"""A function taking its arguments as a tuple and a dict."""

Layer: TypeAlias = Callable[[Call], Call]
"""Puts something around a call: slicing, a change of dtype."""


class Binding:
    """The data parameters of one function, found by position and by name.

    Parameters
    ----------
    entry : FunctionEntry
        What the catalog knows about the function.

    Attributes
    ----------
    positions : tuple of int
        Which positional arguments are data.
    names : frozenset of str
        Names under which data may come as keyword.
    variadic : bool
        Whether any number of positional arguments is data (``*arrays``).
    """

    __slots__ = ("_flow", "_flow_position", "_positional", "_star", "names", "positions", "variadic")

    def __init__(self, entry: FunctionEntry) -> None:
        positional = [p for p in entry.parameters if p.kind in ("positional_only", "positional_or_keyword")]
        star = next((p for p in entry.parameters if p.kind == "var_positional"), None)
        self._positional = tuple(p.name for p in positional)
        self._star = star.name if star is not None else None
        self.variadic = star is not None and star.role == "data"
        self.positions = tuple(position for position, p in enumerate(positional) if p.role == "data")
        self.names = frozenset(p.name for p in entry.parameters if p.role == "data" and p.kind != "positional_only")
        self._flow = entry.flow
        self._flow_position = self._positional.index(entry.flow) if entry.flow in self._positional else None
        if self._flow_position is None and self.variadic and entry.flow == self._star:
            self._flow_position = len(positional)

    def data(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Each data argument of a call, with its parameter's name, in the order of the call."""
        for position, value in enumerate(args):
            if self._is_data(position):
                yield self._name(position), value
        for name, value in kwargs.items():
            if name in self.names:
                yield name, value

    def flow(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the flow parameter is bound to, else the first data argument; None if there is none."""
        if self._flow_position is not None and self._flow_position < len(args):
            return args[self._flow_position]
        if self._flow is not None and self._flow in kwargs:
            return kwargs[self._flow]
        return next((value for _, value in self.data(args, kwargs)), None)

    def given(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], default: Any = None) -> Any:
        """What a named parameter is given in a call, else `default`."""
        if name in kwargs:
            return kwargs[name]
        position = self._positional.index(name) if name in self._positional else len(args)
        return args[position] if position < len(args) else default

    def replaced(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], change: Callable[[str, Any], Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The same call with each data argument changed; what came is left as it was."""
        new_args = tuple(
            change(self._name(position), value) if self._is_data(position) else value
            for position, value in enumerate(args)
        )
        return new_args, {name: change(name, value) if name in self.names else value for name, value in kwargs.items()}

    def _is_data(self, position: int) -> bool:
        return position in self.positions if position < len(self._positional) else self.variadic

    def _name(self, position: int) -> str:
        return self._positional[position] if position < len(self._positional) else f"{self._star}"
