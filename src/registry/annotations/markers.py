"""What stands inside ``Annotated[...]`` to say more than a type can."""

from __future__ import annotations

import msgspec

from registry.entry import FunctionKind

__all__ = ["Data"]


class Data(msgspec.Struct, frozen=True):
    """Marks a parameter as data, or a result, and says what it holds.

    Parameters
    ----------
    holds : {'image', 'labels', 'mask', 'points', 'table', 'scalar', 'values', 'unknown'}
        What the array is. Of a parameter that is annotated as an array, and has no such mark, nothing is assumed.

    Examples
    --------
    >>> from typing import Annotated
    >>> import numpy as np
    >>> Labels = Annotated[np.ndarray, Data("labels")]
    """

    holds: FunctionKind = "image"
