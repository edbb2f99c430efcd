"""Damage: documents as people, tools and attackers spoil them, in their values and in their bytes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

__all__ = ["mutate", "spoil", "write"]

Path = tuple[str | int, ...]

_WORDS: Final = (
    "format", "steps", "function", "params", "inputs", "options", "outputs", "id", "requires", "axes", "kind",
    "channels", "default", "$schema", "x-note", "notes", "unknown", "schema", "by", "cases", "pipeline", "@",
    "__class__", "__reduce__", "_target_", "py/object", "!!python/object", "$ref", "$length", "$call", "$function",
    "$array", "$file", "$dtype", "$slice", "$range", "$ellipsis", "$complex", "$float", "$int", "$bytes", "$list",
    "$dict", "$rng", "dtype", "shape", "data", "base64", "path", "sha256", "image", "sigma", "footprint", "x2",
    "enabled", "slice_by_slice", "memory", "device", "", ".", "a.0", "a.b", "image.0",
)  # fmt: skip
_TEXTS: Final = (
    "pipeline-schema/1", "pipeline-schema/1.9", "pipeline-schema/2", "pipeline-schema/01", "skimage:filters.gaussian",
    "numpy:add", "skimage:morphology.disk", "skimage:io.imread", "os:system", "skimage:__import__('os')", "a:b",
    "local:f.g", "nan", "inf", "-inf", "uint8", "object", "TZ", "YX", "yx", "AA==", "AAAA", "../x.npy", "x.npy",
    "\x00", "\u202e", "\ufeff", "\u2028", "[red]x[/red]", "${x}", "{{x}}", "%s", "0", "-0", "1" * 40, "e" * 3000,
)  # fmt: skip
_NUMBERS: Final = (
    0, 1, -1, 2, 3, 64, 255, 2**31, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 2**64, -(2**63) - 1, 10**30, 0.0, -0.0,
    1.0, 2.5, 1e308, 5e-324, 1e22,
)  # fmt: skip
_JUNK: Final = (None, True, False, [], {}, [[]], {"a": 1}, [None], {"$list": []}, {"$rng": 0}, {"$x": 1})

# Marks that mean something to one of the decoders, and bytes that none of them takes for text.
_TOKENS: Final = {
    "json": (
        b'"', b"\\", b"\\u0024", b"\\ud800", b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"Infinity", b"1e999",
        b"-", b"0x1", b"//", b"'", b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\t", b"9" * 30, b".",
    ),
    "yaml": (
        b"---\n", b"...\n", b"&a ", b"*a", b"!!python/object/apply:os.system ", b"!!binary ", b"! ", b"<<: ", b"? ",
        b"- ", b": ", b"|\n", b">\n", b"#", b"%YAML 1.1\n", b"\t", b"\r", b"'", b'"', b"{", b"}", b"[", b"]", b"~",
        b"yes", b".nan", b"0o7", b"1_0", b"2001-01-01", b"\xc2\x85", b"\xe2\x80\xa8", b"\xff", b"\x00", b"=",
    ),
    "msgpack": (
        b"\xc0", b"\xc1", b"\xc2", b"\xc4\x01a", b"\xc7\x00\x05", b"\xd4\x01a", b"\xd6\xff" + bytes(4),
        b"\xca\x7f\xc0\x00\x00",
        b"\xcb\x7f\xf8" + bytes(6), b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff",
        b"\x91" * 100,
        b"\x81\xa1a" * 100, b"\xcf" + b"\xff" * 8, b"\xd3\x80" + bytes(7), b"\xa1\xff", b"\xe0", b"\x80", b"\x90",
    ),
}  # fmt: skip


def mutate(plain: Any, others: Sequence[Any], rng: random.Random) -> Any:
    """A copy of a document with one to four changes; parts of others come into it."""
    plain = copy.deepcopy(plain)
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = list(_places(plain))
        if not places:
            return rng.choice(others)
        path = rng.choice(places)
        inner: Any = plain
        for part in path[:-1]:
            inner = inner[part]
        _change(inner, path[-1], others, rng)
    return plain


def write(plain: Any, format: str, rng: random.Random) -> bytes:
    """A document in one of the spellings that its format has for it."""
    if format == "msgpack":
        return msgspec.msgpack.encode(_storable(plain))
    style: dict[str, Any] = rng.choice(({}, {"indent": 2}, {"separators": (",", ":")}))
    text = json.dumps(plain, ensure_ascii=rng.random() < 0.5, **style)
    if rng.random() < 0.05:
        # The first letter of some key as an escape: the same key to a decoder.
        text = text.replace(': {"', f': {{"\\u{ord("x"):04x}', 1)
    return text.encode("utf-8", "surrogatepass")


def spoil(data: bytes, format: str, rng: random.Random) -> bytes:
    """The same bytes with one to four of them, or stretches of them, changed, taken out, doubled or brought in."""
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(spoilt) + 1)
        length = rng.choice((1, 1, 2, 8, 64))
        match rng.randrange(6):
            case 0:
                del spoilt[at : at + length]
            case 1:
                spoilt[at:at] = rng.choice(_TOKENS[format])
            case 2:
                spoilt[at : at + length] = rng.choice(_TOKENS[format])
            case 3:
                spoilt[at:at] = spoilt[at : at + length] * rng.choice((1, 2, 100))
            case 4 if at < len(spoilt):
                spoilt[at] ^= 1 << rng.randrange(8)
            case _:
                other = rng.randrange(len(spoilt) + 1)
                spoilt[at:at] = spoilt[other : other + length]
    if rng.random() < 0.05:
        del spoilt[rng.randrange(len(spoilt) + 1) :]
    return bytes(spoilt)


def _places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place of a document but the whole."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in members:
        yield (*at, key)
        yield from _places(item, (*at, key))


def _change(inner: Any, key: Any, others: Sequence[Any], rng: random.Random) -> None:
    value = inner[key]
    match rng.randrange(9):
        case 0:
            del inner[key]
        case 1:
            inner[key] = _junk(rng)
        case 2:
            inner[key] = _part(rng.choice(others), rng)
        case 3 if isinstance(inner, dict):
            renamed = rng.choice((*_WORDS, key + "x", key[:-1], key.upper()))
            inner[renamed] = inner.pop(key)
        case 4 if isinstance(inner, dict):
            inner[rng.choice(_WORDS)] = _junk(rng)
        case 5:
            inner[key] = rng.choice(([value], {"a": value}, {rng.choice(_WORDS): value}, {"$list": [value]}))
        case 6 if isinstance(value, str):
            at = rng.randrange(len(value) + 1)
            inner[key] = value[:at] + rng.choice(_TEXTS) + value[at + rng.randrange(2) :]
        case 7 if isinstance(value, (int, float)):
            inner[key] = rng.choice((-value, value + 1, float(value) if abs(value) < 1e300 else 0, *_NUMBERS))
        case 8 if isinstance(inner, list):
            inner[key:key] = [value] * rng.choice((1, 1, 5, 70))
        case _:
            inner[key] = rng.choice((*_TEXTS, *_NUMBERS))


def _junk(rng: random.Random) -> Any:
    return copy.deepcopy(rng.choice((*_JUNK, *_TEXTS, *_NUMBERS)))


def _part(plain: Any, rng: random.Random) -> Any:
    """A copy of a part of another document."""
    places = list(_places(plain))
    inner = plain
    for part in rng.choice(places) if places else ():
        inner = inner[part]
    return copy.deepcopy(inner)


def _storable(plain: Any) -> Any:
    """The same without integers and halves of characters that MessagePack has no bytes for."""
    if isinstance(plain, dict):
        return {_storable(key): _storable(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_storable(value) for value in plain]
    if isinstance(plain, str):
        return plain.encode("utf-8", "replace").decode()
    if type(plain) is int and not -(2**63) <= plain < 2**64:
        return float(plain)
    return plain
