"""The line and the marks below it, as a terminal shows them."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from pipeline_schema.cli.reports.excerpt import excerpt
from pipeline_schema.spans import Text


def shown(line: str, width: int = 80) -> tuple[str, str]:
    """The excerpt at the value that stands behind the mark."""
    before, after = line.split("|")
    text = Text(before + after)
    return excerpt(text, text.spans(1, len(before) + 1), width)


def marked(line: str, marks: str) -> str:
    """What stands above the marks for the value, in columns of a terminal."""
    left = len(marks) - len(marks.lstrip(" ~"))
    found, column = "", 0
    for character in line:
        if column >= left and column < len(marks):
            found += character
        column += cell_len(character)
    return found


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('{"a": |"b", "c": 1}', '"b"'),
        ('\t{"a":\t|"b"}', '"b"'),
        ('{"大きさ": |"値"}', '"値"'),
        ('{"a\u202e\x1b": |"b"}', '"b"'),
        ('{"e\u0301": |12}', "12"),
    ],
)
def test_marks_stand_below_what_they_mean(line: str, value: str) -> None:
    """Tabs, wide characters, escapes and combining accents move line and marks alike."""
    assert marked(*shown(line)) == value


def test_the_key_is_marked_too() -> None:
    """Key and value are told apart."""
    assert shown('{"a": |2}') == ('{"a": 2}', " ~~~  ^")


@pytest.mark.parametrize("where", [0, 50, 4000, 7990])
def test_long_lines_are_cut_around_the_place(where: int) -> None:
    """A document of one line shows the part that matters, in the width of the terminal."""
    filler = '"x", ' * 1600
    line, marks = shown(f'[{filler[: where * 5 % 8000]}|"bad", {filler}]', width=60)
    assert cell_len(line) <= 60
    assert cell_len(marks) <= 60
    assert marked(line, marks) == '"bad"'


def test_a_line_of_megabytes_is_not_looked_at_whole() -> None:
    """Cutting costs the same however long the line is."""
    line, _ = shown('["' + "x" * 5_000_000 + '", |"bad"]')
    assert len(line) <= 80


def test_the_end_of_the_text_is_marked_behind_it() -> None:
    """What is missing is shown where it should stand."""
    assert shown('{"a": [1|') == ('{"a": [1', " " * 8 + "^")
