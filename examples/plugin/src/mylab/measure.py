"""Tables of what was found."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from registry import Data

__all__ = ["sizes"]


def sizes(
    labels: Annotated[NDArray[Any], Data("labels")],
    *,
    pixel_size: Annotated[tuple[float, float], "Of Y and X, in micrometres."] = (1.0, 1.0),
) -> Annotated[dict[str, NDArray[Any]], Data("table")]:
    """Measure the area of each label, in square micrometres."""
    table = regionprops_table(labels, properties=("label", "area"))
    return {"label": table["label"], "area": table["area"] * np.prod(pixel_size)}
