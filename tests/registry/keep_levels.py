"""Calls each function of a library that gives an image with 16-bit images, natively and with ``dtype: preserve``.

A program of its own, since a library may end its process. ``python keep_levels.py LIBRARY [KEY_TO_SKIP ...]`` says of
each function that it starts on it, and then how many grey levels its results have. `test_keep_levels` runs it.
"""

import json
import sys
import warnings

import numpy as np

from registry import opencl
from registry.catalog import entries
from registry.resolver import resolve
from registry.trials.images import names
from registry.trials.trial import RefusedError, Trial


def as_uint16(word, value):
    """A picture of 8 bits as one of 16; labels, masks and points stay what they are."""
    if word in names() and getattr(value, "dtype", None) == np.uint8:
        return value.astype(np.uint16) * 257
    return value


def grey_levels(result):
    """The dtype and the number of different values of each image in a result."""
    items = result if isinstance(result, (tuple, list)) else [result]
    arrays = [item for item in items if getattr(item, "ndim", 0) >= 2]
    return [(item.dtype.name, len(np.unique(item))) for item in arrays]


def is_runnable(entry):
    """Whether trials saw it give the same image twice, without an end of the process."""
    seen = entry.observed
    ended = seen is not None and any(what.startswith(("crash", "timeout")) for what in seen.results.values())
    return entry.kind == "image" and seen is not None and bool(seen.images) and not seen.random and not ended


def main(library, *skipped):
    """Say what each function does: a line when it is started, a line when it has ended."""
    warnings.simplefilter("ignore")
    if library == "pyclesperanto":
        opencl.require()
    for entry in entries(library):
        if entry.key in skipped or not is_runnable(entry):
            continue
        image = entry.observed.images[0]
        print(json.dumps({"start": entry.key}), flush=True)
        told = {"key": entry.key, "image": image}
        try:
            told["native"] = grey_levels(Trial(resolve(entry.key)).call(image, as_uint16))
            trial = Trial(resolve(entry.key, dtype="preserve"))
            given = {}

            def change(word, value, given=given):
                return given.setdefault(word, as_uint16(word, value))

            told["kept"] = grey_levels(trial.call(image, change))
            told["given"] = given[trial.recipe.inputs.get(entry.flow, image)].dtype.name
        except RefusedError as error:
            told["refused"] = type(error.__cause__).__name__
            told["message"] = str(error)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
