"""What an annotation says that a parameter accepts, in the words of catalogs."""

from __future__ import annotations

import collections.abc
import re
import types
import typing
from typing import Any, NamedTuple, get_args, get_origin

from registry.annotations.hints import arms, fields_of, is_array, is_enum, opened
from registry.annotations.markers import Data
from registry.annotations.plain import plain
from registry.entry import FunctionKind, Parameter
from registry.types import ANY, UnwritableError, sequence_of, unite, write_default

__all__ = ["Meaning", "meaning"]

_SCALARS: dict[Any, str] = {
    bool: "bool", complex: "complex", dict: "dict", float: "float", int: "int", slice: "slice", str: "str",
    type(None): "none", None: "none", collections.abc.Callable: "callable", types.FunctionType: "callable",
    collections.abc.Mapping: "dict", collections.abc.MutableMapping: "dict",
}  # fmt: skip
_BY_NAME = {"Generator": "rng", "dtype": "dtype"}  # of numpy, which is not imported to ask
_SEQUENCES = (
    collections.abc.Collection, collections.abc.Iterable, collections.abc.MutableSequence, collections.abc.Sequence,
    frozenset, list, set, tuple,
)  # fmt: skip
_WRITTEN_ARRAY = re.compile(r"\b(ndarray|NDArray|ArrayLike|Array)\b")
_WRITTEN_WORD = {"None": "none", "bool": "bool", "complex": "complex", "float": "float", "int": "int", "str": "str"}
_CHOICE_TYPES = (bool, int, float, str)


class Meaning(NamedTuple):
    """What an annotation says.

    Attributes
    ----------
    types : tuple of str
        As of `registry.entry.Parameter`; ``any`` where the annotation says nothing.
    choices : tuple
        The values, where the list of them is closed.
    data : bool
        Whether arrays go there.
    holds : str or None
        What the arrays hold.
    container : str
        What a JSON array should arrive as.
    fields : tuple of Parameter
        Of a JSON object that stands for a dataclass or Struct.
    doc : str
        What ``Annotated`` says in words.
    """

    types: tuple[str, ...] = ANY
    choices: tuple[Any, ...] = ()
    data: bool = False
    holds: FunctionKind | None = None
    container: typing.Literal["tuple", "list"] = "tuple"
    fields: tuple[Parameter, ...] = ()
    doc: str = ""


def meaning(hint: Any) -> Meaning:
    """Read an annotation.

    Parameters
    ----------
    hint : any
        As `registry.annotations.hints_of` gives it; text is what could not be evaluated.
    """
    _, extras = opened(hint)
    read = [_of_arm(arm) for arm in arms(hint)]
    said = next((extra.holds for extra in extras if isinstance(extra, Data)), None)
    objects = [one.fields for one in read if one.fields]
    words = unite(*(one.types for one in read))
    return Meaning(
        types=words,
        choices=_closed(read),
        data=said is not None or any(one.data for one in read),
        holds=said or next((one.holds for one in read if one.holds), None),
        container="list" if any(one.container == "list" for one in read) else "tuple",
        fields=objects[0] if len(objects) == 1 and sum("dict" in one.types for one in read) == 1 else (),
        doc=next((text for extra in extras if (text := _text(extra))), ""),
    )


def _of_arm(hint: Any) -> Meaning:
    bare, extras = opened(hint)
    holds = next((extra.holds for extra in extras if isinstance(extra, Data)), None)
    found = _of_text(bare) if isinstance(bare, str) else _of_type(bare)
    return found if holds is None else found._replace(data=True, holds=holds)


def _of_type(hint: Any) -> Meaning:
    kind = get_origin(hint) or hint
    if kind is typing.Literal:
        return _of_values(tuple(plain(value) for value in get_args(hint)))
    if is_array(hint):
        return Meaning(types=("array",), data=True)
    if is_enum(hint):
        return _of_values(tuple(plain(member) for member in hint))
    fields = fields_of(kind)
    if fields is not None:
        return Meaning(types=("dict",), fields=tuple(_nested(*field) for field in fields))
    if kind in _SEQUENCES:
        return Meaning(types=(_sequence(kind, get_args(hint)),), container="list" if kind is list else "tuple")
    named = _BY_NAME.get(getattr(kind, "__name__", "")) if _is_of_numpy(kind) else None
    word = named or (_SCALARS.get(kind) if isinstance(kind, collections.abc.Hashable) else None)
    return Meaning(types=(word,)) if word else Meaning()


def _of_values(values: tuple[Any, ...]) -> Meaning:
    """A closed list: of numbers and texts; of anything else nothing is judged."""
    if not all(value is None or isinstance(value, _CHOICE_TYPES) for value in values):
        return Meaning()
    words = tuple(dict.fromkeys("none" if value is None else type(value).__name__ for value in values))
    return Meaning(types=words, choices=tuple(value for value in values if value is not None))


def _of_text(text: str) -> Meaning:
    """An annotation that can't be evaluated here, as its names are imported for type checkers only."""
    parts = [part.strip() for part in re.split(r"\|(?![^\[]*\])", text)]
    words = ["array" if _WRITTEN_ARRAY.search(part) else _WRITTEN_WORD.get(part) for part in parts]
    known = tuple(word for word in words if word is not None)
    return Meaning(types=known if len(known) == len(parts) else ANY, data="array" in known)


def _nested(name: str, hint: Any, required: bool, default: Any) -> Parameter:
    read = meaning(hint)
    try:
        written = None if required else write_default(plain(default))
    except UnwritableError:
        written = None
    return Parameter(
        name=name, kind="keyword_only", role="data" if read.data else "param", holds=read.holds, types=read.types,
        container=read.container, choices=read.choices, required=required, default=written, doc=read.doc,
        fields=read.fields,
    )  # fmt: skip


def _sequence(kind: Any, arguments: tuple[Any, ...]) -> str:
    if not arguments or any(isinstance(argument, typing.TypeVar) for argument in arguments):
        return "sequence"
    fixed = kind is tuple and arguments[-1] is not Ellipsis
    items = arguments if kind is not tuple or fixed else arguments[:-1]
    words = unite(*(meaning(item).types for item in items))
    # Deeper than two, nothing is said of the items.
    words = tuple("sequence" if word.count("[") > 1 else word for word in words)
    return sequence_of(words, len(items) if fixed else None)


def _closed(read: list[Meaning]) -> tuple[Any, ...]:
    """The choices of all arms, without those whose type another arm leaves open."""
    opens = {word for one in read if not one.choices for word in one.types}
    if "any" in opens:
        return ()
    values = (value for one in read for value in one.choices if type(value).__name__ not in opens)
    return tuple({(type(value), value): value for value in values}.values())


def _text(extra: Any) -> str:
    """The words of ``Annotated[T, "words"]``, of PEP 727's ``Doc``, or of msgspec's ``Meta``."""
    if isinstance(extra, str):
        return extra
    found = getattr(extra, "documentation", None) or getattr(extra, "description", None)
    return found if isinstance(found, str) else ""


def _is_of_numpy(kind: Any) -> bool:
    return str(getattr(kind, "__module__", "")).partition(".")[0] in ("numpy", "cupy")
