"""Judging: whether values are what a function takes, by its entry; and the pydantic model that judges the same.

Judging is done where a document is accepted (`check`, forms), never where it runs: this is the one module of the
registry that loads pydantic, and only when a model is asked for. A document's values are judged by the validators that
the model is made of, without the model: loading pydantic and making one for each function would be most of the time
that a check takes. Where the catalog is not sure, the value is accepted.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from registry.entry import FunctionEntry, Parameter
from registry.types.judging import find_fields, is_module_path, takes
from registry.types.schema import parameter_schema
from registry.types.wording import listing, worded

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Fault", "judge", "model_for"]

_LONGEST_SHOWN = 60
# disk(3), np.ones((3, 3)): program text, which a document never holds.
_CALL = re.compile(r"[A-Za-z_][\w.]*\(.*\)")
_MADE = '; what a function makes is written {"$call": KEY, "params": {...}}'
_COLLECTING = ("var_positional", "var_keyword")


class Fault(NamedTuple):
    """One value that a function does not take.

    Attributes
    ----------
    parameter : str
        Whose value it is.
    message : str
        What it is, and what it may be.
    suggestions : tuple of str
        The closest of the documented choices, best first.
    """

    parameter: str
    message: str
    suggestions: tuple[str, ...] = ()


def judge(entry: FunctionEntry, params: Mapping[str, Any]) -> list[Fault]:
    """Find every value that a function does not take.

    Names are not judged: a value whose name the function does not know is passed over, and nothing need be given.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function.
    params : mapping of str to any
        Python values by parameter name. What is no plain value (a record that stands for an array, say) is accepted
        by every parameter.

    Returns
    -------
    list of Fault
        All of them, in the order of the signature; empty if the values are accepted.
    """
    faults = (_fault(p, params[p.name]) for p in entry.parameters if p.name in params and p.kind not in _COLLECTING)
    return [fault for fault in faults if fault is not None]


def model_for(entry: FunctionEntry) -> type[BaseModel]:
    """Make the pydantic model of a function's parameters.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function.

    Returns
    -------
    type of pydantic.BaseModel
        With a field for each parameter that a document can name (one that would hide a method of pydantic's, such as
        ``copy``, has the alias ``copy`` and the name ``copy_``). Field descriptions are the documentation's.
    """
    # An entry can't be hashed (defaults may be lists); its text can, and tells apart all that a model depends on.
    return _model(msgspec.json.encode(entry))


@functools.lru_cache(maxsize=2048)
def _model(encoded: bytes) -> type[BaseModel]:
    from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model

    entry = msgspec.json.decode(encoded, type=FunctionEntry)
    fields: dict[str, Any] = {}
    for parameter in entry.parameters:
        if parameter.kind in _COLLECTING:
            continue
        hides = parameter.name.startswith("_") or hasattr(BaseModel, parameter.name)
        annotation = Annotated[Any, PlainValidator(_validator(parameter)), WithJsonSchema(parameter_schema(parameter))]
        field = Field(
            default=... if parameter.required else parameter.default,
            title=parameter.name,
            description=parameter.doc or None,
            alias=parameter.name if hides else None,
        )
        fields[parameter.name.lstrip("_") + "_" if hides else parameter.name] = (annotation, field)
    config = ConfigDict(
        title=entry.key,
        extra="allow" if entry.takes_any_keyword else "forbid",
        protected_namespaces=(),
        json_schema_extra={"description": entry.summary},
    )
    return create_model(entry.name.rpartition(".")[2], __config__=config, **fields)


def _validator(parameter: Parameter) -> Callable[[Any], Any]:
    from pydantic_core import PydanticCustomError

    def validate(value: Any) -> Any:
        fault = _fault(parameter, value)
        if fault is None:
            return value
        facts = {"message": fault.message, "suggestions": list(fault.suggestions)}
        raise PydanticCustomError("invalid_value", "{message}", facts)

    return validate


def _fault(parameter: Parameter, value: Any) -> Fault | None:
    """What is wrong with a value: of itself, or of the first field within it."""
    if not takes(parameter, value):
        wrong: tuple[str, Parameter | None, Any] | None = (parameter.name, parameter, value)
    else:
        wrong = next(find_fields(parameter, value), None)
    if wrong is None:
        return None
    message, near = _explain(parameter, *wrong)
    return Fault(parameter.name, message, tuple(near))


def _explain(outer: Parameter, path: str, parameter: Parameter | None, value: Any) -> tuple[str, list[str]]:
    """What is wrong, and what may have been meant."""
    if parameter is None:
        known = [field.name for field in outer.fields]
        name = path.rpartition(".")[2]
        return f"{path}: there is no {name!r}; it has {', '.join(known)}", difflib.get_close_matches(name, known, n=3)
    if value is parameter:
        return f"{path} is missing", []
    if is_module_path(parameter, value):
        name = value.rpartition(".")[2].removesuffix("_")
        return f"{path} is {_show(value)}; a dtype is named without its module: {_show(name)}", [name]
    texts = [choice for choice in parameter.choices if isinstance(choice, str)]
    near = difflib.get_close_matches(value, texts, n=3) if isinstance(value, str) else []
    made = _MADE if isinstance(value, str) and _CALL.fullmatch(value) else ""
    return f"{path} is {_show(value)}; it takes {_takes(parameter)}{made}", near


def _takes(parameter: Parameter) -> str:
    closed = {type(choice).__name__ for choice in parameter.choices}
    phrases = [msgspec.json.encode(choice).decode() for choice in parameter.choices]
    phrases += worded(word for word in parameter.types if word not in closed)
    return listing(phrases) or "another type of value"


def _show(value: Any) -> str:
    """A value as a document writes it, cut short."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError):
        text = repr(value)
    if not text.isprintable():
        text = ascii(text)[1:-1]
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."
