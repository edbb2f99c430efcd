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
    import imagecodecs
    import numpy as np
    from skimage import color, segmentation

    from pipeline_schema.run.files.readers import read_image

    grey = read_image(image).array.astype(np.float64)
    grey = (grey - grey.min()) / max(np.ptp(grey), 1e-12)
    found = read_image(labels).array
    picture = color.label2rgb(found, grey, alpha=0.35, bg_label=0)
    picture[segmentation.find_boundaries(found, mode="inner")] = (1.0, 1.0, 1.0)
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(imagecodecs.png_encode((picture * 255).round().astype(np.uint8)))
    partial.replace(target)
