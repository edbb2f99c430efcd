"""Text of others is shown so that it can drive nothing and hide nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.escapes import one_line, plain


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x1b", "\\u001b"),
        ("\r", "\\u000d"),
        ("\t", "\\u0009"),
        ("\u202e", "\\u202e"),
        ("\u2028", "\\u2028"),
        ("\ufeff", "\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_is_not_seen_is_escaped(character: str, shown: str) -> None:
    """Controls, marks that reverse text, line separators and tags are written as escapes."""
    assert plain(f"a{character}b") == one_line(f"a{character}b") == f"a{shown}b"


def test_only_newlines_differ() -> None:
    """A text keeps its lines; a name has none."""
    assert plain("a\nb") == "a\nb"
    assert one_line("a\nb") == "a\\u000ab"


def test_what_people_write_stays() -> None:
    """Letters, accents and symbols of any script are left alone."""
    assert one_line("Größe 大きさ x=2 🔬 a\u0301") == "Größe 大きさ x=2 🔬 a\u0301"


@given(st.text(alphabet=st.characters(codec=None)))
def test_a_line_is_one_line_and_legal_xml(text: str) -> None:
    """Whatever comes in, what goes out is one line that can be encoded and that XML has a way to write."""
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    shown.encode()
    assert all(character >= " " and character not in "\ufffe\uffff" for character in shown)


@pytest.mark.parametrize("character", "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
def test_whatever_ends_a_line_is_escaped(character: str) -> None:
    """A name is one line to every reader, whatever that reader takes for the end of one."""
    assert one_line(f"a{character}b").splitlines() == [f"a\\u{ord(character):04x}b"]
