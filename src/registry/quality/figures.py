"""The figures: what is accepted that should be, what is refused that should be, and how much is said at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from registry.arguments import judge
from registry.catalog.model import Catalog
from registry.entry import FunctionEntry, Parameter
from registry.evidence import Evidence, Given, load_evidence, to_python
from registry.quality.behaviour import Behaviour, behaviour
from registry.quality.mutations import mutations
from registry.types.judging import takes

__all__ = ["Figure", "Quality", "defaults_accepted", "false_rejections", "measure", "mutations_refused", "narrower"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How many of how many.

    Attributes
    ----------
    passed, of : int
        Those that are as they should be, and all.
    offenders : tuple of str
        The others, each as ``KEY PARAMETER``, and what is the matter with it where there is more to say.
    """

    passed: int
    of: int
    offenders: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """From 0 to 1; 1 of none at all."""
        return self.passed / self.of if self.of else 1.0

    def __add__(self, other: Figure) -> Figure:
        return Figure(
            passed=self.passed + other.passed, of=self.of + other.of, offenders=(*self.offenders, *other.offenders)
        )


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How well a catalog says what its functions accept.

    Attributes
    ----------
    library, version : str
        Of the catalog; both are empty in a sum.
    functions : int
        That it knows.
    narrower : Figure
        Of the parameters: those of which it says more than that they take anything.
    defaults : Figure
        Of the defaults: those that are accepted.
    evidence : Figure
        Of the pairs of a function and a parameter that the library's own examples and tests gave values to: those of
        which none is refused.
    mutations : Figure
        Of wrong values: those that are refused.
    behaviour : Behaviour
        What was seen in trials.
    """

    library: str
    version: str
    functions: int
    narrower: Figure
    defaults: Figure
    evidence: Figure
    mutations: Figure
    behaviour: Behaviour

    def __add__(self, other: Quality) -> Quality:
        return Quality(
            library="",
            version="",
            functions=self.functions + other.functions,
            narrower=self.narrower + other.narrower,
            defaults=self.defaults + other.defaults,
            evidence=self.evidence + other.evidence,
            mutations=self.mutations + other.mutations,
            behaviour=self.behaviour + other.behaviour,
        )


def measure(catalog: Catalog) -> Quality:
    """All figures of a catalog.

    Parameters
    ----------
    catalog : Catalog
        Of any library; where no evidence was collected for it, that figure counts nothing.

    Returns
    -------
    Quality
    """
    entries = catalog.entries
    evidence = load_evidence(catalog.library)
    return Quality(
        library=catalog.library,
        version=catalog.version,
        functions=len(entries),
        narrower=narrower(entries),
        defaults=defaults_accepted(entries),
        evidence=false_rejections(entries, evidence),
        mutations=mutations_refused(entries, evidence),
        behaviour=behaviour(entries),
    )


def narrower(entries: Iterable[FunctionEntry]) -> Figure:
    """The parameters of which more is said than ``any``; where a library would write its result does not count."""
    return _count(
        (f"{e.key} {p.name}", "any" not in p.types) for e in entries for p in _parameters(e) if p.role != "output"
    )


def defaults_accepted(entries: Iterable[FunctionEntry]) -> Figure:
    """The defaults that are of the types and choices that are said of them, were they not the default."""
    return _count(
        (f"{e.key} {p.name}: {_show(p.default)}", _is_described(p))
        for e in entries
        for p in _parameters(e)
        if not p.required
    )


def false_rejections(entries: Iterable[FunctionEntry], evidence: Evidence | None) -> Figure:
    """The pairs of function and parameter with no value refused that the library took: offenders are false rejections.

    A name that the entry does not know and that the library took is one too, and so is a parameter that the entry
    requires and the library does not. Functions that the catalog has no entry for are passed over.
    """
    accepted = evidence.accepted if evidence is not None else {}

    def pairs() -> Iterator[tuple[str, bool]]:
        for entry in entries:
            for name, values in accepted.get(entry.key, {}).items():
                wrong = [value for value in values if not _is_right(entry, name, value)]
                yield f"{entry.key} {name}: {', '.join(map(_show, wrong))}", not wrong

    return _count(pairs())


def mutations_refused(entries: Iterable[FunctionEntry], evidence: Evidence | None) -> Figure:
    """The wrong values that are refused."""
    accepted = evidence.accepted if evidence is not None else {}
    return _count(
        (f"{entry.key} {p.name}: {mutation.name}", not _takes(entry, p.name, mutation.value))
        for entry in entries
        for p in _parameters(entry)
        for mutation in mutations(p, accepted.get(entry.key, {}).get(p.name, ()))
    )


def _count(results: Iterable[tuple[str, bool]]) -> Figure:
    found = list(results)
    offenders = tuple(name for name, fine in found if not fine)
    return Figure(passed=len(found) - len(offenders), of=len(found), offenders=offenders)


def _parameters(entry: FunctionEntry) -> Iterator[Parameter]:
    return (p for p in entry.parameters if not p.kind.startswith("var"))


def _is_right(entry: FunctionEntry, name: str, value: Any) -> bool:
    known = entry.parameter(name)
    if known is None or known.kind.startswith("var"):
        return entry.takes_any_keyword
    if value == {"$given": "nothing"}:
        return not known.required
    return _takes(entry, name, value)


def _is_described(parameter: Parameter) -> bool:
    # A default is taken whatever is said of it, so it is asked of a parameter that has none.
    value = to_python(parameter.default)
    return isinstance(value, Given) or takes(msgspec.structs.replace(parameter, required=True), value)


def _takes(entry: FunctionEntry, name: str, plain: Any) -> bool:
    value = to_python(plain)
    return isinstance(value, Given) or not judge(entry, {name: value})


def _show(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
