"""What a library says about the end of a function, or of a parameter's name.

Libraries say so in three ways: a decorator that warns (its facts are in the wrapper's closure), a directive in the
docstring, or a warning that is the first thing the function does. None of them needs a call.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from registry.entry import Deprecation

__all__ = ["read_deprecation"]

_NAMED = re.compile(r"`{1,2}~?([A-Za-z_][\w.]*)`{1,2}")
_REMOVED = re.compile(r"removed in (?:version )?v?(\d+(?:\.\d+)*)", re.IGNORECASE)
_SINCE = re.compile(r"deprecated (?:since|in|from|as of) (?:[A-Za-z]+ )?(?:version )?v?(\d+(?:\.\d+)*)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"^\.\. deprecated:: *(\d[\d.]*)?(.*(?:\n(?:[ \t]+.*)?)*)", re.MULTILINE)
_SECTION = re.compile(r"^\w[\w ]*\n-{3,}$|^Args:", re.MULTILINE)
# Words by which a library warns that the new way is not the old one under another name.
_DIFFERS = re.compile(r"\bnote (?:that )?the\b|\bdifferent(?:ly)? (?:results?|values?|from)\b", re.IGNORECASE)


def read_deprecation(value: Any, *, library: str, root: str) -> Deprecation | None:
    """Read what is deprecated about a callable.

    Parameters
    ----------
    value : callable
    library : str
        The prefix of its keys.
    root : str
        The module below which the library's public names are, for example ``cucim.skimage``.

    Returns
    -------
    Deprecation or None
        With ``renamed`` empty if it is the function that goes away.
    """
    text = inspect.getdoc(value) or ""
    found = [fact for mark in _marks(value) if (fact := _read_mark(mark, library, root)) is not None]
    if not found:
        fact = _read_directive(text, library, root) or _read_warning(value, library, root)
        found = [fact] if fact else []
    listed = dict.fromkeys(_listed_parameters(value), "")
    if not found and not listed:
        return None
    renamed = listed | {old: new for fact in found for old, new in fact.renamed.items()}
    own = next((fact for fact in found if not fact.renamed), None)
    first = own or (found[0] if found else Deprecation(since=_since(text)))
    return Deprecation(
        since=first.since,
        removal=first.removal,
        replacement=first.replacement,
        renamed=renamed,
        differs=any(fact.differs for fact in found),
    )


def _marks(value: Any) -> Iterator[Any]:
    """What the wrappers around a function hold on to, outermost first."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        function = waiting.pop(0)
        if id(function) in seen or not inspect.isfunction(function):
            continue
        seen.add(id(function))
        for cell in function.__closure__ or ():
            try:
                held = cell.cell_contents
            except ValueError:  # a name that was never bound
                continue
            if inspect.isfunction(held):
                waiting.append(held)
            elif hasattr(held, "__dict__") and not inspect.isclass(held) and not inspect.ismodule(held):
                yield held
        waiting.append(getattr(function, "__wrapped__", None))


def _read_mark(mark: Any, library: str, root: str) -> Deprecation | None:
    """A decorator of scikit-image or cuCIM, of any of their versions, by the facts that it carries."""
    facts = vars(mark)
    if "removed_version" in facts and "hint" in facts:
        hint = facts["hint"] or ""
        return Deprecation(
            since=_text(facts.get("deprecated_version")),
            removal=_text(facts["removed_version"]),
            replacement=_replacement(hint, library, root),
            differs=bool(_DIFFERS.search(hint)),
        )
    if "deprecated_name" in facts:
        return Deprecation(
            since=_text(facts.get("start_version")),
            removal=_text(facts.get("stop_version")),
            renamed={facts["deprecated_name"]: facts.get("new_name") or ""},
            differs=bool(_DIFFERS.search(facts.get("template") or "")),
        )
    if "kwarg_mapping" in facts:
        removed = _REMOVED.search(facts.get("warning_msg") or "")
        return Deprecation(
            since=_text(facts.get("deprecated_version")),
            removal=_text(facts.get("removed_version")) or (removed[1] if removed else ""),
            renamed={old: new or "" for old, new in facts["kwarg_mapping"].items()},
        )
    if "arg_name" in facts and "changed_version" in facts and "new_value" not in facts:
        return Deprecation(removal=_text(facts["changed_version"]), renamed={facts["arg_name"]: ""})
    return None


def _read_directive(text: str, library: str, root: str) -> Deprecation | None:
    """``.. deprecated:: 0.23`` above the sections: below, it is about a parameter or one of its values."""
    section = _SECTION.search(text)
    found = _DIRECTIVE.search(text[: section.start()] if section else text)
    return None if found is None else _worded(f"deprecated since {found[1] or ''} {found[2]}", library, root)


def _read_warning(value: Any, library: str, root: str) -> Deprecation | None:
    """A function that warns before all else: ``warnings.warn("use prod instead", DeprecationWarning)``."""
    function = inspect.unwrap(value)
    code = getattr(function, "__code__", None)
    if not any("DeprecationWarning" in name for name in getattr(code, "co_names", ())):
        return None  # and its source need not be read, which takes longest
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError, ValueError):
        return None
    body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.FunctionDef) else []
    for statement in body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or "DeprecationWarning" not in ast.unparse(call):
            continue
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            return _worded(call.args[0].value, library, root)
    return None


def _worded(text: str, library: str, root: str) -> Deprecation:
    removed = _REMOVED.search(text)
    return Deprecation(
        since=_since(text),
        removal=removed[1] if removed else "",
        replacement=_replacement(text, library, root),
        differs=bool(_DIFFERS.search(text)),
    )


def _replacement(text: str, library: str, root: str) -> str:
    """The key that is named after "use", else the name as it stands there."""
    advice = re.search(r"\buse\b(.*)", text, re.IGNORECASE | re.DOTALL)
    named = _NAMED.search(advice[1]) if advice else None
    if named is None:
        return ""
    name = re.sub(r"^(np|cp)\.", "", named[1]).removeprefix(f"{root}.")
    return f"{library}:{name}"


def _listed_parameters(value: Any) -> Iterator[str]:
    """Parameters whose default is a mark that says they are deprecated."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return
    yield from (parameter.name for parameter in parameters if repr(parameter.default).strip("<>") == "DEPRECATED")


def _since(text: str) -> str:
    found = _SINCE.search(text) or re.search(r"\.\. deprecated:: *(\d[\d.]*)", text)
    return found[1].rstrip(".") if found else ""


def _text(version: Any) -> str:
    return str(version) if version else ""
