"""Keys: one spelling, matched exactly."""

import pickle

import pytest

from registry.errors import InvalidKeyError
from registry.keys import MAX_KEY_LENGTH, Key, parse_key


@pytest.mark.parametrize(
    ("text", "library", "name", "function_name"),
    [
        ("skimage:filters.gaussian", "skimage", "filters.gaussian", "gaussian"),
        ("skimage:filters.rank.median", "skimage", "filters.rank.median", "median"),
        ("numpy:greater", "numpy", "greater", "greater"),
    ],
)
def test_a_key_is_taken_apart_and_put_together(text, library, name, function_name):
    """A key gives its library, its name and its function's name, and is written as it was read."""
    key = parse_key(text)
    assert key == Key(library, name)
    assert key.function_name == function_name
    assert str(key) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gaussian",
        "skimage:",
        ":gaussian",
        "skimage:filters..gaussian",
        "skimage:filters.gaussian.",
        "skimage:filters._gaussian.gaussian",
        "_skimage:filters.gaussian",
        "skimage:filters:gaussian",
        "skimage:filters.gaussian\n",
        " skimage:filters.gaussian",
        "skimage:filters.gaußian",
        "skimage:filters.gaussian()",
        "skimage:filters.9gaussian",
        "\uff53kimage:filters.gaussian",
    ],
)
def test_what_is_not_spelled_like_a_key_is_refused(text):
    """No folding, no private parts, no second colon, nothing before or after: everything else is an error."""
    with pytest.raises(InvalidKeyError, match="not a function key") as caught:
        parse_key(text)
    assert caught.value.key == text


def test_a_key_ends_at_its_longest():
    """The longest key is taken, one letter more is not, and the error does not repeat all of it."""
    longest = "a:" + "b" * (MAX_KEY_LENGTH - 2)
    assert str(parse_key(longest)) == longest
    with pytest.raises(InvalidKeyError) as caught:
        parse_key(longest + "b" * 10_000)
    assert len(str(caught.value)) < 300


def test_the_error_survives_pickling():
    """What crosses a process keeps its message and its facts."""
    with pytest.raises(InvalidKeyError) as caught:
        parse_key("no key")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.key) == (str(caught.value), "no key")
