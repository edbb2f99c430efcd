"""Reading docstrings: numpydoc as it is written, not as it should be."""

from registry.sources.docs import Returned, Stated, read_doc


def numpydoc():
    """Blur an image. It takes long.

    More about it.

    Parameters
    ----------
    image, mask : (M, N) ndarray
        The input. It is not changed.
    sigma: float (= 1)
        Width of `the` kernel, see :func:`~library.other`.
    **options : dict
        Passed on.

    Returns
    -------
    blurred : ndarray
        The image.
    kernel : ndarray, optional
        Only returned if asked.
    .. versionchanged:: 0.20
        No result.
    """


def pairs():
    """Draw.

    Returns
    -------
    rr, cc, [weights] : (N,) ndarray of int
        Coordinates.
    """


def many():
    """Make grids.

    Returns
    -------
    X1, X2, ..., XN : list of ndarrays
        Grids.
    """


def unnamed():
    """Measure.

    Returns
    -------
    area: float
        In pixels.
    """


def bare(): ...


def test_names_types_and_first_sentences_are_read():
    """Names in one line are told apart, also those with a colon at the name, stars or markup."""
    doc = read_doc(numpydoc)
    assert doc.summary == "Blur an image."
    assert doc.parameters == {
        "image": Stated("(M, N) ndarray", "The input."),
        "mask": Stated("(M, N) ndarray", "The input."),
        "sigma": Stated("float (= 1)", "Width of `the` kernel, see library.other."),
        "options": Stated("dict", "Passed on."),
    }


def test_results_on_request_and_history_are_no_results():
    """A call without options returns what is left."""
    assert read_doc(numpydoc).returns == (Returned("blurred", "ndarray", "The image."),)


def test_several_names_are_several_results():
    """A tuple's items have their names; what is in brackets is given on request."""
    assert [row.name for row in read_doc(pairs).returns] == ["rr", "cc"]


def test_an_open_list_of_names_is_one_result():
    """A sequence of unknown length is one value."""
    assert [row.name for row in read_doc(many).returns] == [""]


def test_a_name_in_the_type_is_a_name():
    """``area: float`` without a space is a name and a type."""
    assert read_doc(unnamed).returns == (Returned("area", "float", "In pixels."),)


def test_no_docstring_says_nothing():
    """A function without documentation is still a function."""
    assert read_doc(bare) == ("", {}, ())
