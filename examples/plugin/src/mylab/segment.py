"""Finding nuclei. What a parameter accepts is what its annotation says; nothing else has to be written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from skimage import filters, measure, segmentation

from registry import Data

__all__ = ["nuclei", "split_touching"]


class Objects(Enum):
    """What is looked for; documents write the value: ``"dark"``."""

    BRIGHT = "bright"
    DARK = "dark"


@dataclass(frozen=True)
class Area:
    """How large a nucleus may be; documents write an object: ``{"smallest": 30}``."""

    smallest: int = 20
    largest: int | None = None


def nuclei(
    image: Annotated[NDArray[Any], Data("image")],
    *,
    sigma: Annotated[float, "Width of the blur before the threshold, in pixels."] = 2.0,
    method: Literal["li", "otsu", "triangle"] = "otsu",
    objects: Objects = Objects.BRIGHT,
    area: Annotated[Area, "In pixels; what is smaller or larger is left out."] = Area(),
) -> Annotated[NDArray[np.int32], Data("labels")]:
    """Find nuclei by a threshold, and number them from 1.

    Parameters
    ----------
    image
        Grey values, of any dtype.
    method
        How the threshold is chosen.
    objects
        Whether nuclei are brighter or darker than what is around them.
    """
    smooth = filters.gaussian(image, sigma, preserve_range=True)
    if objects is Objects.DARK:
        smooth = -smooth
    threshold = {"li": filters.threshold_li, "otsu": filters.threshold_otsu, "triangle": filters.threshold_triangle}
    labels = measure.label(smooth > threshold[method](smooth))
    sizes = np.bincount(labels.ravel())
    kept = sizes >= area.smallest
    if area.largest is not None:
        kept &= sizes <= area.largest
    kept[0] = False
    return segmentation.relabel_sequential(np.where(kept[labels], labels, 0))[0].astype(np.int32)


def split_touching(
    labels: Annotated[NDArray[Any], Data("labels")],
    distance: Annotated[int, "Smallest distance of two centres, in pixels."] = 5,
) -> Annotated[NDArray[np.int32], Data("labels")]:
    """Cut what touches at its waist."""
    from scipy import ndimage
    from skimage.feature import peak_local_max

    inside = ndimage.distance_transform_edt(labels > 0)
    peaks = peak_local_max(inside, min_distance=distance, labels=labels)
    markers = np.zeros(labels.shape, np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return segmentation.watershed(-inside, markers, mask=labels > 0).astype(np.int32)
