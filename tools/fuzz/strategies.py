"""Hypothesis strategies for valid documents, as plain values: steps of the real catalogs, parameters of right types.

A document from here loads, and `check` finds no error in it: constants are what the catalogs say that functions take.
"""

from __future__ import annotations

import functools
from typing import Any, Final

from hypothesis import strategies as st

from pipeline_schema.codec.reading import AXES, INPUT_KINDS
from pipeline_schema.document import FORMAT
from pipeline_schema.limits import INT_MAX, INT_MIN
from pipeline_schema.values import payload
from pipeline_schema.values.records import DTYPES, Array
from registry.catalog import load_catalog
from registry.entry import FunctionEntry, Parameter
from registry.types.grammar import items_of

__all__ = ["LIBRARIES", "documents", "names", "notes", "parameter_values", "steps", "texts", "values"]

Strategy = st.SearchStrategy[Any]
Plain = dict[str, Any]

# Those whose catalog ships and whose functions can be checked on any machine.
LIBRARIES: Final = ("builtin", "cucim", "cupyx", "numpy", "pyclesperanto", "scipy", "skimage")

_SHA = st.sampled_from(["0" * 64, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])
_FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
_REST = _FIRST + "0123456789-"

integers: Final = st.integers(-10, 300) | st.integers(INT_MIN, INT_MAX)
floats: Final = st.floats(allow_nan=False, allow_infinity=False)
# Any text that UTF-8 can hold: control characters, other scripts, directions, and signs beyond the basic plane.
texts: Final = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
scalars: Final = st.none() | st.booleans() | integers | floats | texts
# A name of a member that is no word of the format: neither a tag nor a note's.
words: Final = texts.filter(lambda text: not text.startswith("$"))


def names() -> Strategy:
    """Names of inputs, steps and outputs."""
    return st.builds(str.__add__, st.sampled_from(_FIRST), st.text(_REST, max_size=63))


def notes() -> Strategy:
    """Notes of a document, an input or a step: anything in JSON."""
    anything = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
    )
    return st.dictionaries(texts.map("x-".__add__), anything, max_size=2)


@st.composite
def arrays(draw: st.DrawFn) -> Plain:
    """Arrays (``$array``), as nested lists or as base64."""
    dtype = draw(st.sampled_from(sorted(DTYPES)))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
    count = functools.reduce(int.__mul__, shape, 1)
    raw = draw(st.binary(min_size=count * DTYPES[dtype][0], max_size=count * DTYPES[dtype][0]))
    data = bytes(byte & 1 for byte in raw) if dtype == "bool" else raw
    array = Array(dtype, shape, data)
    as_base64 = {"dtype": dtype, "shape": list(shape), "base64": payload.encode_base64(data)}
    return {"$array": draw(st.sampled_from([payload.to_plain(array), as_base64]))}


_FLOAT = st.sampled_from(["nan", "inf", "-inf"]).map(lambda text: {"$float": text})
_DIGITS = st.integers(-(10**40), 10**40).map(lambda number: {"$int": str(number)})
_NUMBER = st.integers(-100, 100) | floats | _FLOAT
_INDEX = st.integers(-5, 500) | _DIGITS
_STEP = st.integers(-5, 5).filter(bool)
_PATH = st.lists(st.text("abcXYZ019_-. ", min_size=1, max_size=8), min_size=1, max_size=3).map(
    lambda parts: "/".join(f"d{part}" for part in parts)
)
_RNG = st.integers(0, INT_MAX).map(lambda seed: {"$rng": seed})
_DTYPE = st.sampled_from(sorted(DTYPES)).map(lambda name: {"$dtype": name})
_SLICE = st.tuples(st.none() | _INDEX, st.none() | _INDEX, st.none() | _STEP).map(lambda s: {"$slice": list(s)})
_RANGE = st.builds(
    lambda start, count, step: {"$range": [start, start + count * step, step]},
    st.integers(-500, 500), st.integers(-2, 300), _STEP,
) | st.builds(lambda digits: {"$range": [digits, digits, 1]}, _DIGITS)  # fmt: skip
_COMPLEX = st.lists(_NUMBER, min_size=2, max_size=2).map(lambda parts: {"$complex": parts})
_BYTES = st.binary(max_size=12).map(lambda data: {"$bytes": payload.encode_base64(data)})
_FILE = st.builds(
    lambda path, suffix, sha: {"$file": {"path": path + suffix, "sha256": sha}},
    _PATH, st.sampled_from([".npy", ".tif", ".TIFF"]), _SHA,
)  # fmt: skip
_ELLIPSIS = st.just({"$ellipsis": True})

# In the catalogs as constructors, each with what it takes.
_CALL = st.builds(
    lambda radius: {"$call": "skimage:morphology.disk", "params": {"radius": radius}}, st.integers(0, 5)
) | st.just({"$call": "skimage:morphology.square", "params": {"width": 3}})
_FUNCTION = st.sampled_from(
    [
        {"$function": "numpy:mean"},
        {"$function": "numpy:mean", "params": {"axis": 0}},
        {"$function": "skimage:filters.gaussian", "params": {"sigma": 2.5}},
        {"$function": "scipy:ndimage.median_filter", "params": {"size": 3}},
    ]
)


def _forms(inner: Strategy) -> Strategy:
    pairs = st.dictionaries(texts | st.integers(-3, 3), inner, max_size=3)
    return (
        st.lists(inner, max_size=4)
        | st.dictionaries(words, inner, max_size=3)
        | st.lists(inner, max_size=4).map(lambda items: {"$list": items})
        | pairs.map(lambda found: {"$dict": [[key, value] for key, value in found.items()]})
    )


def values() -> Strategy:
    """Constants of every form that the format has."""
    leaves = [
        scalars, arrays(), _FLOAT, _DIGITS, _RNG, _DTYPE, _SLICE, _RANGE, _COMPLEX, _BYTES, _FILE, _ELLIPSIS, _CALL,
        _FUNCTION,
    ]  # fmt: skip
    return st.recursive(st.one_of(leaves), _forms, max_leaves=8)


def _of_type(word: str) -> Strategy:
    if (items := items_of(word)) is not None:
        length = 4 if items.length is None else items.length
        item = st.one_of([_of_type(inner) for inner in items.types])
        return st.lists(item, min_size=items.length or 0, max_size=length)
    return _OF_WORD[word]()


_OF_WORD: Final = {
    "any": values,
    "bool": st.booleans,
    "int": lambda: st.integers(0, 9) | _DIGITS,
    "float": lambda: _NUMBER,
    "complex": lambda: _COMPLEX,
    "str": lambda: texts,
    "none": st.none,
    "array": lambda: arrays() | st.lists(_NUMBER, max_size=4) | _FILE,
    "dict": lambda: st.dictionaries(words, values(), max_size=3),
    "callable": lambda: _FUNCTION,
    "dtype": lambda: _DTYPE | st.sampled_from(["uint8", "float32"]),
    "rng": lambda: _RNG,
    "slice": lambda: _SLICE,
}


def parameter_values(parameter: Parameter) -> Strategy:
    """Constants that a parameter takes, in the document's notation."""
    found = [_of_type(word) for word in parameter.types if not (word == "dict" and parameter.fields)]
    if parameter.choices:
        # Choices close their own types, and which those are is the judge's to know: numbers and texts are left out.
        closed = {"str": str, "int": int, "float": int, "bool": int}
        kinds = {str if isinstance(choice, str) else int for choice in parameter.choices}
        open_types = [word for word in parameter.types if closed.get(word) not in kinds and word != "dtype"]
        found = [st.sampled_from(parameter.choices), *map(_of_type, open_types)]
    if not parameter.required:
        found.append(st.just(parameter.default))
    return st.one_of(found) if found else arrays()


@functools.cache
def _functions() -> tuple[FunctionEntry, ...]:
    """Functions of which a call can be written: needed parameters have names of their own."""
    found = [entry for library in LIBRARIES for entry in load_catalog(library).entries]
    return tuple(
        entry for entry in found if not any(p.required and p.kind.startswith("var_") for p in entry.parameters)
    )


@st.composite
def steps(draw: st.DrawFn, known: list[str], *, flows: bool) -> Plain:
    """A step that takes what is known so far.

    Parameters
    ----------
    known : list of str
        The names that it may refer to.
    flows : bool
        Whether something flows into it where it says nothing.
    """
    entry = draw(st.sampled_from(_functions()))
    step: Plain = {"function": draw(st.sampled_from([entry.key, *entry.aliases]))}
    implicit = flows and entry.flow is not None and draw(st.booleans())
    params: Plain = {}
    inputs: Plain = {}
    for parameter in entry.parameters:
        if parameter.role == "output" or parameter.kind.startswith("var_") or parameter.name.startswith("$"):
            continue
        if implicit and parameter.name == entry.flow:
            continue
        if not parameter.required and draw(st.integers(0, 3)) != 0:
            continue
        if not implicit and known and (parameter.role == "data" or draw(st.integers(0, 9)) == 0):
            name = "@" if parameter.name == entry.flow and draw(st.booleans()) else parameter.name
            inputs[name] = draw(st.sampled_from(known) | st.lists(st.sampled_from(known), min_size=1, max_size=3))
        else:
            params[parameter.name] = draw(parameter_values(parameter))
    if inputs or not implicit:
        step["inputs"] = inputs
    if params or draw(st.booleans()):
        step["params"] = params
    if draw(st.integers(0, 3)) == 0:
        step["options"] = draw(_options())
    if draw(st.integers(0, 3)) == 0:
        step["description"] = draw(texts)
    return step | draw(notes())


def _options() -> Strategy:
    """Options that every function honours."""
    return st.fixed_dictionaries(
        {},
        optional={
            "dtype": st.sampled_from(["native", "preserve"]),
            "scale": st.just("auto"),
            "slice_by_slice": st.booleans() | st.permutations("TCZ").map("".join),
            "unique_labels": st.just(False),
            "on_oom": st.sampled_from(["retry", "raise"]),
            "memory": st.none(),
            "device": st.none(),
        },
    )


def _inputs() -> Strategy:
    axes = st.lists(st.sampled_from(AXES), min_size=1, unique=True).map("".join)
    body = st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(INPUT_KINDS),
            "axes": axes | axes.map(str.lower),
            "channels": st.lists(texts, unique=True, max_size=3),
            "description": texts,
        },
    )
    return st.dictionaries(names(), st.builds(dict.__or__, body, notes()), max_size=3)


@st.composite
def documents(draw: st.DrawFn, *, most_steps: int = 4) -> Plain:
    """Valid documents: one to `most_steps` steps, each referring to what stands before it."""
    inputs = draw(_inputs())
    known = list(inputs)
    drawn = []
    for index in range(draw(st.integers(1, most_steps))):
        step = draw(steps(known, flows=bool(known)))
        name = draw(names())
        if name not in known and (index == 0 or draw(st.booleans())):
            step = {"id": name, **step}
            known.append(name)
        drawn.append(step)
    plain: Plain = {"format": draw(st.sampled_from([FORMAT, f"{FORMAT}.0"]))}
    for key in ("name", "description"):
        if draw(st.booleans()):
            plain[key] = draw(texts)
    if draw(st.integers(0, 3)) == 0:
        plain["requires"] = {"numpy": ">=1"}
    plain["inputs"] = inputs
    plain["steps"] = drawn
    if draw(st.booleans()) and known:
        plain["outputs"] = draw(st.dictionaries(names(), st.sampled_from(known), max_size=3))
    return plain | draw(notes())
