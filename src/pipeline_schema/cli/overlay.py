"""Pictures of results: labels drawn over the image that they were found in."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_overlay"]


def write_overlay(image: Path, labels: Path, target: Path) -> None:
    """Write a PNG of an image with its labels in colour and outlined.

    Parameters
    ----------
    image : Path
        A grey image, shape (Y, X).
    labels : Path
        A label image of the same shape, 0 is background.
    target : Path
        Replaced whole or not at all.
    """
    import imageio.v3 as imageio
    import numpy as np
    import tifffile
    from skimage import color, segmentation

    grey = np.asarray(imageio.imread(image), dtype=np.float64)
    grey = (grey - grey.min()) / max(np.ptp(grey), 1e-12)
    found = tifffile.imread(labels)
    picture = color.label2rgb(found, grey, alpha=0.35, bg_label=0)
    picture[segmentation.find_boundaries(found, mode="inner")] = (1.0, 1.0, 1.0)
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(imageio.imwrite("<bytes>", (picture * 255).round().astype(np.uint8), extension=".png"))
    partial.replace(target)
