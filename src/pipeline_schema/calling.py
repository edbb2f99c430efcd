"""Calling: from parameter names, all that a document knows, to the positional and keyword arguments of a call."""

from __future__ import annotations

from typing import Any

from registry.entry import FunctionEntry

__all__ = ["arrange"]


def arrange(entry: FunctionEntry, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Arrange arguments given by name as the function takes them.

    Parameters
    ----------
    entry : FunctionEntry
    arguments : dict
        By parameter name; consumed.

    Returns
    -------
    args : list
        Of parameters that have no keyword (NumPy's ``x1``, ``x2``), and of those before ``*args`` where it is given.
    kwargs : dict
        The rest.
    """
    positional = [p for p in entry.parameters if p.kind in ("positional_only", "var_positional")]
    if not any(p.name in arguments for p in positional):
        return [], arguments
    spread = next((p.name for p in positional if p.kind == "var_positional" and p.name in arguments), None)
    args: list[Any] = []
    skipped: list[Any] = []
    for parameter in entry.parameters:
        if parameter.kind == "var_positional":
            if parameter.name == spread:
                args += [*skipped, *arguments.pop(parameter.name)]
            break
        if parameter.kind == "positional_only" or spread is not None:
            if parameter.name not in arguments:
                # A default before a given argument has to be stated; behind the last one it is left to the function.
                skipped.append(parameter.default)
                continue
            args += [*skipped, arguments.pop(parameter.name)]
            skipped = []
    return args, arguments
