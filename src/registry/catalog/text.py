"""Records as text that is made to be read and compared: a fact a line, what is left out is the default."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["plain", "render"]

# Catalog, its entries, an entry, its parameters: deeper than that, and whatever is short, stays on one line.
_OPEN_DEPTH = 4


def plain(value: Any) -> Any:
    """Structs as objects without their defaults: compared by value, where msgspec compares by identity."""
    if isinstance(value, msgspec.Struct):
        fields = {field.name: (getattr(value, field.name), _default(field)) for field in msgspec.structs.fields(value)}
        return {name: plain(given) for name, (given, default) in fields.items() if given != default}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


def render(value: Any, depth: int = 0) -> str:
    """JSON of what `plain` gives, indented by one, one parameter, output or exclusion a line."""
    indent = "\n" + " " * (depth + 1)
    nested = isinstance(value, dict | list) and any(isinstance(item, dict | list) for item in _items(value))
    if depth >= _OPEN_DEPTH or not (nested or (depth == 1 and isinstance(value, dict) and value)):
        return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
    if isinstance(value, list):
        return "[" + ",".join(indent + render(item, depth + 1) for item in value) + indent[:-1] + "]"
    lines = (f'{indent}"{name}": {render(item, depth + 1)}' for name, item in value.items())
    return "{" + ",".join(lines) + indent[:-1] + "}"


def _default(field: msgspec.structs.FieldInfo) -> Any:
    # An empty dict as a default is a factory to msgspec.
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _items(value: dict[str, Any] | list[Any]) -> Any:
    return value.values() if isinstance(value, dict) else value
