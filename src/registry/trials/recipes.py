"""What functions are given in trials besides their flow: written down in ``recipes.json``, as in a step of a document.

A recipe has ``inputs`` (words of `registry.trials.images`), ``params`` (constants) and ``images`` (what the flow
parameter is tried on, where that is not the usual). They stand under a function's key, under ``LIBRARY:*.parameter``,
or under ``*.parameter``; the nearest wins. A required parameter without recipe gets what the catalog says it holds.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from registry.entry import FunctionEntry, Parameter
from registry.trials.images import IMAGES

__all__ = ["Recipe", "recipe_for", "recipes"]

_FILE = Path(__file__).with_name("recipes.json")
_HELD = {"labels": "its-labels", "mask": "its-mask", "points": "its-points"}
_NO_RGB = ("pyclesperanto",)


class Recipe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How one function is called in trials.

    Attributes
    ----------
    inputs : dict of str to str
        Which word each further array parameter is given; a word for the flow parameter is never needed.
    params : dict
        Constants; JSON arrays arrive as tuples.
    images : tuple of str
        What the flow parameter is tried on, the most fitting first.
    args : tuple of str
        Words given by position, for a function of any number of arrays (``*arrays``).
    arbitrary : bool
        Whether results hold whatever was in memory, so that two calls can't be compared.
    reason : str
        Why it can't run on any image, where it can't.
    """

    inputs: dict[str, str] = {}
    params: dict[str, Any] = {}
    images: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    arbitrary: bool = False
    reason: str = ""


def recipe_for(entry: FunctionEntry) -> Recipe:
    """How a function is called in trials.

    Parameters
    ----------
    entry : FunctionEntry
        What the catalog knows about it.

    Returns
    -------
    Recipe
        With all required parameters but the flow, and the images to try.
    """
    known = recipes()
    own = known.get(entry.key, Recipe())
    inputs, params = dict(own.inputs), dict(own.params)
    for parameter in entry.parameters:
        name = parameter.name
        settled = name in inputs or name in params or name == entry.flow or not parameter.required
        if settled or parameter.kind.startswith("var_"):
            continue
        found = next((known[place] for place in (f"{entry.library}:*.{name}", f"*.{name}") if place in known), None)
        # A constant is no array, even if one parameter of that name is none.
        if found is not None and (found.inputs or parameter.role == "param"):
            inputs |= found.inputs
            params |= found.params
        elif parameter.role != "param":
            inputs[name] = _HELD.get(parameter.holds or "", "other")
    return msgspec.structs.replace(own, inputs=inputs, params=params, images=own.images or _images(entry))


def _images(entry: FunctionEntry) -> tuple[str, ...]:
    """All images, those first that the flow parameter holds."""
    flow = entry.parameter(entry.flow) if entry.flow else None
    if flow is None:
        return ()
    if flow.holds == "points":
        return ("points",)
    first = _first(flow)
    rest = [name for name in IMAGES if name not in first and not (name == "rgb" and entry.library in _NO_RGB)]
    return (*first, *rest)


def _first(flow: Parameter) -> tuple[str, ...]:
    if flow.holds in ("labels", "mask"):
        return (flow.holds, f"{flow.holds}-3d")
    return ()


@cache
def recipes() -> dict[str, Recipe]:
    """All that is written down, by key or pattern of parameters."""
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, Recipe])
