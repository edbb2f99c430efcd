"""Laying out YAML for people: the outermost objects open, a member a line; what fits on a line stands on one.

Only what reads the same in YAML 1.1 and 1.2 is written without quotes, so that no other program takes a name for
a boolean, a date or a number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from yaml import Event

__all__ = ["lay_out"]

_WIDTH: Final = 120
_LINE: Final = 90  # of a list or object that stands on one line, behind its key

# Numbers, dates, merge keys and what YAML gives a meaning start otherwise.
_PLAIN: Final = re.compile(r"[A-Za-z_][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")
_NOT_PLAIN: Final = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


def lay_out(plain: Any) -> str:
    """Plain values as YAML, with a newline at the end.

    Parameters
    ----------
    plain : JSON value
    """
    import yaml

    stream = io.StringIO()
    yaml.emit(_document(plain), stream, Dumper=yaml.CDumper, width=_WIDTH, allow_unicode=True)
    return stream.getvalue()


def _document(plain: Any) -> Iterator[Event]:
    import yaml

    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _value(plain, ())
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _value(value: Any, path: tuple[str | int, ...], *, flow: bool = False) -> Iterator[Event]:
    import yaml

    if isinstance(value, dict):
        flow = flow or _is_short(value, path)
        yield yaml.MappingStartEvent(None, None, implicit=True, flow_style=flow)
        for key, item in value.items():
            yield _scalar(key)
            yield from _value(item, (*path, key), flow=flow)
        yield yaml.MappingEndEvent()
    elif isinstance(value, (list, tuple)):
        flow = flow or _is_short(value, path)
        yield yaml.SequenceStartEvent(None, None, implicit=True, flow_style=flow)
        for index, item in enumerate(value):
            yield from _value(item, (*path, index), flow=flow)
        yield yaml.SequenceEndEvent()
    else:
        yield _scalar(value)


def _is_short(value: Any, path: tuple[str | int, ...]) -> bool:
    if not value:
        return True
    # The document and its steps open whatever their length, as in JSON.
    if not path or (len(path) == 2 and path[0] == "steps"):
        return False
    if len(path) == 1 and isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False
    # Numbers and words side by side fill lines, however many there are; members don't.
    is_flat = isinstance(value, (list, tuple)) and not any(isinstance(item, (dict, list, tuple)) for item in value)
    return is_flat or len(msgspec.json.encode(value)) <= _LINE


def _scalar(value: Any) -> Event:
    import yaml

    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _NOT_PLAIN
        return yaml.ScalarEvent(None, None, (True, True), value, style=None if is_plain else '"')
    text = _float(value) if isinstance(value, float) else msgspec.json.encode(value).decode()
    return yaml.ScalarEvent(None, None, (True, False), text)


def _float(value: float) -> str:
    text = repr(float(value))
    mantissa, exponent, power = text.partition("e")
    # YAML 1.1 takes a number for one only with a point.
    return f"{mantissa}.0e{power}" if exponent and "." not in mantissa else text
