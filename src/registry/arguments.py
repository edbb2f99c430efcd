"""Judging: whether values are what a function takes, by a pydantic model made from its entry.

Judging is done where a document is accepted (`check`, forms), never where it runs: this is the one module of the
registry that loads pydantic, and only when a model is asked for. Where the catalog is not sure, the value is accepted.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from registry.entry import FunctionEntry, Parameter

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Fault", "judge", "model_for"]

_LONGEST_SHOWN = 60
_PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, list, dict, slice, range, type(...))

_PHRASES = {
    "bool": "true or false",
    "int": "an integer",
    "float": "a number",
    "str": "a text",
    "none": "null",
    "array": "an array",
    "sequence": "a list",
    "dict": "an object",
    "callable": 'a function ({"$function": KEY})',
    "dtype": "a dtype",
}
_JSON_TYPES = {"bool": "boolean", "int": "integer", "float": "number", "str": "string", "none": "null"}


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
    from pydantic import ValidationError

    known = {name: value for name, value in params.items() if entry.parameter(name) is not None}
    try:
        model_for(entry).model_validate(known)
    except ValidationError as error:
        faults = (found for found in error.errors(include_url=False) if found["type"] == "invalid_value")
        return [Fault(str(f["loc"][0]), f["ctx"]["message"], tuple(f["ctx"]["suggestions"])) for f in faults]
    return []


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
        if parameter.kind in ("var_positional", "var_keyword"):
            continue
        hides = parameter.name.startswith("_") or hasattr(BaseModel, parameter.name)
        annotation = Annotated[Any, PlainValidator(_validator(parameter)), WithJsonSchema(_json_schema(parameter))]
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
        if _accepts(parameter, value):
            return value
        texts = [choice for choice in parameter.choices if isinstance(choice, str)]
        near = difflib.get_close_matches(value, texts, n=3) if isinstance(value, str) else []
        message = f"{parameter.name} is {_show(value)}; it takes {_takes(parameter)}"
        raise PydanticCustomError("invalid_value", "{message}", {"message": message, "suggestions": near})

    return validate


def _accepts(parameter: Parameter, value: Any) -> bool:
    if not isinstance(value, _PLAIN):
        return True
    known = parameter.choices if parameter.required else (*parameter.choices, parameter.default)
    if any(type(choice) is type(value) and choice == value for choice in known):
        return True
    # Choices close their own type only: "a mode or a number" leaves numbers open.
    names_dtype = isinstance(value, str) and "dtype" in parameter.types
    if not names_dtype and any(type(choice) is type(value) for choice in parameter.choices):
        return False
    return any(_is(word, value) for word in parameter.types)


def _is(word: str, value: Any) -> bool:
    match word:
        case "bool":
            return isinstance(value, bool)
        case "int":
            # As JSON Schema's "integer": 2.0 is one.
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and value.is_integer()
            )
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "str" | "dtype":
            return isinstance(value, str)
        case "none":
            return value is None
        case "array" | "sequence":
            return isinstance(value, tuple | list | range)
        case "dict":
            return isinstance(value, dict)
        case "callable":
            return False
        case _:
            return True


def _takes(parameter: Parameter) -> str:
    words = [word for word in parameter.types if word != "int" or "float" not in parameter.types]
    if parameter.choices:
        closed = {"str": str, "int": int, "float": float, "bool": bool, "none": type(None)}
        taken = {type(choice) for choice in parameter.choices}
        words = [word for word in words if word != "any" and closed.get(word) not in taken]
    phrases = [msgspec.json.encode(choice).decode() for choice in parameter.choices]
    phrases += [_PHRASES[word] for word in words if word in _PHRASES]
    if len(phrases) > 1:
        return ", ".join(phrases[:-1]) + " or " + phrases[-1]
    return phrases[0] if phrases else "another type of value"


def _show(value: Any) -> str:
    """A value as a document writes it, cut short."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError):
        text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def _json_schema(parameter: Parameter) -> dict[str, Any]:
    """For forms: what JSON Schema can say about a parameter; nothing where it takes more than JSON has."""
    if any(word not in _JSON_TYPES for word in parameter.types):
        return {"examples": list(parameter.choices)} if parameter.choices else {}
    python = {"bool": bool, "int": int, "float": float, "str": str, "none": type(None)}
    closed = {type(choice) for choice in parameter.choices}
    variants: list[dict[str, Any]] = [{"enum": list(parameter.choices)}] if parameter.choices else []
    variants += [{"type": _JSON_TYPES[word]} for word in parameter.types if python[word] not in closed]
    return variants[0] if len(variants) == 1 else {"anyOf": variants}
