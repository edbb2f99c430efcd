"""What a plugin promises to documents, in one call; and what its functions do, as anywhere."""

from __future__ import annotations

import numpy as np
from mylab.segment import Area, nuclei

from registry.testing import check_source


def test_documents_can_name_every_function() -> None:
    """Keys, defaults, annotations and pickles of all functions are sound."""
    check_source("mylab")


def test_small_things_are_left_out() -> None:
    """Of two squares, the one above the smallest area is found."""
    image = np.zeros((60, 60))
    image[5:8, 5:8] = image[20:40, 20:40] = 100.0
    assert nuclei(image, sigma=0.5, area=Area(smallest=50)).max() == 1
