"""Labels that are unique across slices: each slice goes on counting where the one before ended."""

from __future__ import annotations

from typing import Any

from registry.entry import FunctionEntry
from registry.errors import ArgumentError
from registry.memory import convert, memory_type_of, namespace_of

__all__ = ["Numbering", "gives_labels"]

# pyclesperanto computes in float32, which has every whole number up to this one. Labels beyond are counted on the host.
_EXACT = 2**24


def gives_labels(entry: FunctionEntry) -> bool:
    """Whether labels are among a function's results."""
    return "labels" in (entry.kind, *(output.kind for output in entry.outputs))


class Numbering:
    """The labels of slice after slice.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function that makes them.
    """

    def __init__(self, entry: FunctionEntry) -> None:
        self._entry = entry
        # The greatest label so far, for each of several results.
        self._greatest: dict[int, int] = {}

    def renumbered(self, result: Any) -> Any:
        """The result of the next slice, with its labels counted on; 0 stays background, images stay what they are.

        Parameters
        ----------
        result : object
            Arrays of labels are counted on by the greatest of the slices before, so that their order stays.

        Raises
        ------
        ArgumentError
            If the dtype of the labels can't hold so many.
        """
        kinds = [output.kind for output in self._entry.outputs]
        if isinstance(result, tuple) and len(kinds) == len(result):
            items = [self._counted_on(n, v) if kinds[n] == "labels" else v for n, v in enumerate(result)]
            return result._make(items) if hasattr(result, "_make") else tuple(items)
        return self._counted_on(0, result)

    def _counted_on(self, position: int, labels: Any) -> Any:
        memory_type = memory_type_of(labels)
        if memory_type is None or not labels.shape:
            return labels
        before = self._greatest.get(position, 0)
        if memory_type == "pyclesperanto":
            least, greatest = _range_on_device(labels)
            if least <= -_EXACT or greatest >= _EXACT or before + greatest > _EXACT:
                return convert(self._counted_on(position, convert(labels, "numpy")), "pyclesperanto")
            self._count(position, int(greatest), labels.dtype)
            return _shifted_on_device(labels, before) if before else labels
        if labels.dtype.kind not in "iuf":
            return labels
        self._count(position, int(labels.max()) if labels.size else 0, labels.dtype)
        if not before:
            return labels
        return namespace_of(labels).where(labels > 0, labels + labels.dtype.type(before), labels)

    def _count(self, position: int, greatest: int, dtype: Any) -> None:
        import numpy

        before = self._greatest.get(position, 0)
        self._greatest[position] = before + max(greatest, 0)
        dtype = numpy.dtype(dtype)
        if before and self._greatest[position] > _most(dtype):
            message = (
                f"{self._entry.key}: {self._greatest[position]} labels in this many slices, and {dtype} can't "
                f"count them; leave option unique_labels out, or give it labels of a wider dtype"
            )
            raise ArgumentError(message, key=self._entry.key, parameter="unique_labels")


def _most(dtype: Any) -> int:
    """Up to where a dtype has every whole number."""
    import numpy

    return int(numpy.iinfo(dtype).max) if dtype.kind in "iu" else 2 ** (int(numpy.finfo(dtype).nmant) + 1)


def _range_on_device(labels: Any) -> tuple[float, float]:
    """The least and the greatest label; beyond `_EXACT` rounded, and never to below it."""
    import pyclesperanto

    return pyclesperanto.minimum_of_all_pixels(labels), pyclesperanto.maximum_of_all_pixels(labels)


def _shifted_on_device(labels: Any, by: int) -> Any:
    import pyclesperanto as cle

    shifted = cle.create(labels.shape, dtype=labels.dtype, device=labels.device)
    return cle.add_images_weighted(labels, cle.greater_constant(labels, scalar=0), shifted, factor1=1, factor2=by)
