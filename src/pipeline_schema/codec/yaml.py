"""YAML: the part of it that is JSON in another dress, read as YAML 1.2 has it.

libyaml says what stands where, event by event; it builds nothing, and `building` keeps the limits. What a plain word
means is decided here: PyYAML's own answer is that of YAML 1.1, in which ``no`` is false and ``12:30`` a number. Tags,
anchors, aliases, merge keys, directives and a second document are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NoReturn

from pipeline_schema.codec.building import Builder, Decoded, Stop
from pipeline_schema.codec.text import is_utf8, problem_at
from pipeline_schema.codec.yaml_layout import lay_out
from pipeline_schema.errors import UsageError
from pipeline_schema.limits import MAX_DIGITS, MAX_YAML_BYTES
from pipeline_schema.positions import nearest, put_places
from pipeline_schema.problems import Code, Problem

if TYPE_CHECKING:
    from yaml import Event, Mark

__all__ = ["decode", "encode_plain", "place"]

# libyaml breaks lines at these, as YAML 1.1 did; in YAML 1.2 they are characters like others. Two readings, so none.
_BREAKS: Final = re.compile("\u0085|\u2028|\u2029".encode())
# Ten thousand directives take libyaml a second, so none is shown to it. No text of a document starts a line with one.
_DIRECTIVE: Final = re.compile(rb"(?:^|[\r\n])(%)")

# In a flow collection libyaml takes ?a for the key a, where YAML 1.2 has a word that starts with a question mark.
_QUESTION: Final = re.compile(rb"\?[^\s]")
# At the end of a text libyaml loses an empty line of a block that has spaces and no line break.
_UNENDED: Final = re.compile(rb"[\r\n] +\Z")

_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# The core schema of YAML 1.2, chapter 10.3.
_SHORT: Final = 19  # digits of what is within 64 bits
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_RADIX: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_INFINITIES: Final = (float("inf"), float("-inf"))
_NOT_FINITE: Final = re.compile(r"[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN", re.ASCII)


# What libyaml says to what it mostly means.
_HINTS: Final = {
    "did not find expected key": "; is the line indented as those are that it belongs to?",
    "did not find expected '-' indicator": "; is the line indented as those are that it belongs to?",
    "mapping values are not allowed": "; quote a text that holds a colon, and indent a key as its neighbours are",
}

# What an open object waits for, where a list has the index of its next element.
_KEY: Final = -1
_VALUE: Final = -2


def decode(data: bytes, problems: list[Problem]) -> Decoded | None:
    """Plain values; None if there are none.

    Parameters
    ----------
    data : bytes
    problems : list of Problem
        Gets what is wrong, with lines and columns.
    """
    if not _is_readable(data, problems):
        return None
    reader = _Reader(data, problems)
    try:
        reader.read()
    except Stop:
        return None
    return Decoded(reader.builder.root)


def encode_plain(plain: Any) -> str:
    """Plain values as YAML for people, that programs which read YAML 1.1 understand alike."""
    return lay_out(plain)


def place(problems: Iterable[Problem], data: bytes) -> list[Problem]:
    """The same problems, with line and column of the values that they point at."""

    def lines(wanted: list[str]) -> dict[str, tuple[int, int]]:
        return nearest(_walk(data), wanted, default=(1, 1))

    return put_places(problems, lines)


def _is_readable(data: bytes, problems: list[Problem]) -> bool:
    if len(data) > MAX_YAML_BYTES:
        message = f"the document has more than the {MAX_YAML_BYTES} bytes that are read as YAML; convert it to JSON"
        problems.append(Problem(code="limit-exceeded", message=message, line=1, column=1))
        return False
    if not is_utf8(data, problems):
        return False
    if directive := _DIRECTIVE.search(data):
        problems.append(problem_at(data, directive.start(1), "a document has no directives; take the line out"))
        return False
    if broken := _BREAKS.search(data):
        message = "not every program takes this character for a line break; write it with an escape, for example \\L"
        problems.append(problem_at(data, broken.start(), message))
        return False
    return True


class _Reader:
    """Reads one document."""

    def __init__(self, data: bytes, problems: list[Problem]) -> None:
        self.builder = Builder(self._report)
        self._data = data
        self._problems = problems
        self._text = data.decode() if _QUESTION.search(data) else None
        self._mark: Any = None

    def read(self) -> None:
        import yaml

        builder, documents = self.builder, 0
        try:
            for event in _events(self._data + b"\n" if _UNENDED.search(self._data) else self._data):
                self._mark = event.start_mark
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
                    if builder.expects_key:
                        self._stop("a key is a word, and no list or object")
                    builder.open([] if kind is yaml.SequenceStartEvent else {})
                    self._refuse_marks(event, builder.container)
                elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
                    builder.close()
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        self._stop("a second document begins; a file holds one")
        except yaml.MarkedYAMLError as error:
            self._mark = error.problem_mark or error.context_mark
            self._stop(f"this is not YAML: {self._explain(error)}")
        except yaml.reader.ReaderError as error:
            message = f"this is not YAML: {error.reason}"
            self._problems.append(problem_at(self._data, min(error.position, len(self._data)), message))
            raise Stop from error
        if not documents:
            self._stop("the document is empty")

    def _explain(self, error: Any) -> str:
        """What libyaml says, and what it mostly means."""
        said = " ".join(filter(None, (error.context, error.problem)))
        if "cannot start any token" in said and self._mark is not None:
            first = self._data.decode()[self._mark.index : self._mark.index + 1]
            return (
                "a tab indents nothing; write spaces" if first == "\t" else f"no word starts with {first!a}; quote it"
            )
        return said + next((hint for words, hint in _HINTS.items() if words in said), "")

    def _scalar(self, event: Any) -> None:
        builder, text, is_plain = self.builder, event.value, not event.style
        value = self._meaning(text) if is_plain else text
        if builder.expects_key:
            builder.key(value)
            if is_plain and text == "<<":
                builder.wrong("parse-error", "keys are not merged; write what is meant where it is meant")
        elif type(value) is float and value in _INFINITIES and _FLOAT.fullmatch(text):
            builder.put(None)
            builder.wrong("parse-error", 'a number is out of range; write {"$float": "inf"} if it is meant')
        else:
            builder.put(value)
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event)
        if self._text is not None and self._text[max(event.start_mark.index - 1, 0)] == "?":
            builder.wrong("parse-error", "not every program takes the ? for the same; write quotes around the word")

    def _meaning(self, text: str) -> Any:
        """What a plain word is, in the core schema of YAML 1.2."""
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in "+-.0123456789":
            return text
        if len(text) < _SHORT and text.isdecimal() and text.isascii():
            return int(text)
        if len(text) > MAX_DIGITS and (_FLOAT.fullmatch(text) or _RADIX.fullmatch(text)):
            self._report("limit-exceeded", f"a number has more than {MAX_DIGITS} digits", "")
            raise Stop
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _RADIX.fullmatch(text):
            return int(text, 0)
        if _NOT_FINITE.fullmatch(text):
            return float(text.replace(".", ""))
        return text

    def _alias(self, event: Any) -> None:
        if self.builder.expects_key:
            self._stop("a key is a word, and no alias")
        self.builder.put(None)
        self.builder.wrong("parse-error", f"*{event.anchor:.80} stands for something else; write out what is meant")

    def _refuse_marks(self, event: Any, where: str | None = None) -> None:
        if event.anchor is not None:
            self.builder.wrong(
                "parse-error", f"the anchor &{event.anchor:.80} is refused; write out what is meant", where
            )
        if event.tag is not None:
            self.builder.wrong(
                "parse-error", f"the tag {_written(event.tag)!a:.80} is refused; a value is what it looks like", where
            )

    def _stop(self, message: str) -> NoReturn:
        self._report("parse-error", message, "")
        raise Stop

    def _report(self, code: Code, message: str, where: str) -> None:
        line, column = (1, 1) if self._mark is None else _place_of(self._mark)
        self._problems.append(Problem(code=code, message=message, pointer=where, line=line, column=column))


def _events(data: bytes) -> Iterator[Event]:
    import yaml

    if not yaml.__with_libyaml__:
        raise UsageError("YAML is read by libyaml, and this PyYAML was built without it; install one of its wheels")
    parser = yaml.CBaseLoader(data)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


def _written(tag: str) -> str:
    """A tag as people write it."""
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _place_of(mark: Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _walk(data: bytes) -> Iterator[tuple[list[str], tuple[int, int]]]:
    """Every value in order: its path (the same list each time) and its place. The text was decoded before."""
    import yaml

    path: list[str] = []
    # For each open container, what it waits for.
    following: list[int] = []
    for event in _events(data):
        if isinstance(event, yaml.CollectionEndEvent):
            path.pop()
            following.pop()
            if following and following[-1] == _VALUE:
                following[-1] = _KEY
        elif isinstance(event, yaml.NodeEvent):
            is_open = isinstance(event, yaml.CollectionStartEvent)
            if following and following[-1] == _KEY:
                path[-1] = getattr(event, "value", "")
                following[-1] = _VALUE
                continue
            if following and following[-1] >= 0:
                path[-1] = str(following[-1])
                following[-1] += 1
            yield path, _place_of(event.start_mark)
            if is_open:
                following.append(_KEY if isinstance(event, yaml.MappingStartEvent) else 0)
                path.append("")
            elif following and following[-1] == _VALUE:
                following[-1] = _KEY
