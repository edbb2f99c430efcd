"""Text stays text: no string of any kind becomes a tag, an attribute or a direction."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_schema.report.markup import Markup, join, tag, text


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((name, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.data += data


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_any_text_reads_back_as_text(child: str, attribute: str) -> None:
    """What a parser reads is one tag with one attribute and the text, unseen characters by their numbers."""
    read = _Reader(tag("p", child, title=attribute))
    assert [name for name, _ in read.tags] == ["p"]
    if child.isprintable() and child.isascii():
        assert read.data == child
    if attribute.isprintable() and attribute.isascii():
        assert read.tags[0][1] == {"title": attribute}
    assert not {"\0", "\x1b", "\u202e"} & set(read.data)


@pytest.mark.parametrize("unseen", ["\u202e", "\u2066", "\0", "\x1b", "\u200b", "\ufeff", "\udce9"])
def test_what_is_not_seen_is_shown(unseen: str) -> None:
    """Characters that hide or turn text are shown by their numbers."""
    assert text(f"a{unseen}b") == f"a\\u{ord(unseen):04x}b"


def test_markup_is_not_escaped_again() -> None:
    """Tags nest, lists are flattened, None is nothing, and a void element has no end."""
    made = tag("div", tag("b", "<"), [None, "&", [3]], tag("br"), class_="x", hidden=True, lang=None)
    assert made == '<div class="x" hidden><b>&lt;</b>&amp;3<br></div>'
    assert type(join("a")) is Markup
