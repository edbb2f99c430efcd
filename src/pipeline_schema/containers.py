"""Values as the library wants them: a list where it takes no tuple, a dtype or its name where it takes the other."""

from __future__ import annotations

from typing import Any

from pipeline_schema.values.records import DTYPES, DType
from registry.entry import Parameter

__all__ = ["contained", "is_particular"]


def contained(value: Any, parameter: Parameter | None) -> Any:
    """A parsed value in the container that a parameter wants.

    Parameters
    ----------
    value : any
        As `pipeline_schema.values.parse` gives it: JSON arrays are tuples, and only ``$list`` is a list.
    parameter : Parameter or None
        What it is for; None where that is not known, and nothing is changed.

    Returns
    -------
    any
        The value itself wherever the library takes it as it is.
    """
    if parameter is None:
        return value
    if isinstance(value, str) and "dtype" in parameter.types and value in DTYPES and value not in parameter.choices:
        return DType(value)
    if isinstance(value, DType) and "str" in parameter.types and "dtype" not in parameter.types:
        return value.name  # scikit-image's ranges are named by a dtype, and are no dtype
    if isinstance(value, tuple) and parameter.container == "list":
        # The fields of a dtype are tuples in a list; lists of anything else are lists all the way down.
        return list(value) if "dtype" in parameter.types else _listed(value)
    return value


def is_particular(parameter: Parameter) -> bool:
    """Whether `contained` may change what a parameter is given."""
    return parameter.container == "list" or "dtype" in parameter.types


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
