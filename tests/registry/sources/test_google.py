"""Docstrings in Google's style, as CuPy writes them."""

from registry.sources.docs import Returned, Stated
from registry.sources.google import read_google_doc


def google():
    """Filter an image.

    Args:
        input (cupy.ndarray): The input. It is kept.
        size(int or tuple (of int), optional): Of the window,
            in pixels: odd.
        *rest: Others.
        mode ({‘a’, ‘b’}): Either of
            two:

            a: one
    Returns:
        labels (cupy.ndarray): The labels.

        count (int): How many.

    .. note::
        No parameter: this is a note.
    """  # noqa: RUF002


def single():
    """Sum.

    Args:
        a (cupy.ndarray): Summands.

    Returns:
        cupy.ndarray: The sum of :func:`all <other.all>`. Or more.
    """


def prose():
    """Draw.

    Returns:
        What was drawn

    """


def numpydoc():
    """Blur.

    Parameters
    ----------
    sigma : float
        Width.
    """


def test_items_are_parameters():
    """Names, types in brackets and first sentences are read, with or without a space before the bracket."""
    doc = read_google_doc(google)
    assert doc.summary == "Filter an image."
    assert doc.parameters == {
        "input": Stated("cupy.ndarray", "The input."),
        "size": Stated("int or tuple (of int), optional", "Of the window, in pixels: odd."),
        "rest": Stated("", "Others."),
        "mode": Stated("{'a', 'b'}", "Either of two: a: one"),
    }


def test_named_results_are_several():
    """Each item with a name and a type is a result; a note below is none."""
    assert read_google_doc(google).returns == (
        Returned("labels", "cupy.ndarray", "The labels."),
        Returned("count", "int", "How many."),
    )


def test_one_result_has_a_type_and_no_name():
    """What stands before the colon is the type; without a colon all is description."""
    assert read_google_doc(single).returns == (Returned("", "cupy.ndarray", "The sum of all."),)
    assert read_google_doc(prose).returns == (Returned("", "", "What was drawn"),)


def test_other_docstrings_are_read_by_numpydoc():
    """CuPy has both styles."""
    assert read_google_doc(numpydoc).parameters == {"sigma": Stated("float", "Width.")}
