"""The figures of the catalogs, held at what they reached."""

from __future__ import annotations

import msgspec
import pytest

from registry.catalog import load_catalog
from registry.entry import FunctionEntry, Parameter
from registry.evidence import Evidence, load_evidence
from registry.libraries import prefixes
from registry.quality import Figure, Quality, defaults_accepted, false_rejections, measure, mutations_refused, narrower

_LIBRARIES = ("builtin", "cucim", "cupy", "cupyx", "numpy", "pyclesperanto", "scipy", "skimage")
_WITH_EVIDENCE = {"numpy": 880, "pyclesperanto": 450, "scipy": 380, "skimage": 1220}


def _made(*parameters: Parameter) -> FunctionEntry:
    return FunctionEntry(key="skimage:made.up", import_path="made:up", parameters=parameters)


def _evidence(**values: tuple[object, ...]) -> Evidence:
    return Evidence(library="skimage", distribution="made", version="1", accepted={"skimage:made.up": values})


_SIGMA = Parameter(name="sigma", types=("float",), default=1.0, required=False, stated="float")
_ANY = Parameter(name="what", types=("any",), default=None, required=False)
_WRONG_DEFAULT = Parameter(name="mode", types=("float",), default="reflect", required=False)


@pytest.fixture(scope="module", params=_LIBRARIES)
def quality(request: pytest.FixtureRequest) -> Quality:
    """The figures of each catalog of this distribution."""
    return measure(load_catalog(request.param))


def test_no_library_is_left_out() -> None:
    """Every library that has a catalog of its own here is measured."""
    assert set(_LIBRARIES) <= set(prefixes())


def test_most_parameters_are_narrower_than_anything(quality: Quality) -> None:
    """Of nineteen parameters in twenty more is known than that they take anything."""
    least = 0.94 if quality.library == "builtin" else 0.95  # `getitem` and `composite` do take anything
    assert quality.narrower.share >= least, quality.narrower.offenders
    assert quality.narrower.of > 30


def test_every_default_is_accepted(quality: Quality) -> None:
    """A function takes its own defaults."""
    assert quality.defaults.offenders == ()
    assert quality.defaults.of > 10


def test_nothing_is_refused_that_a_library_took(quality: Quality) -> None:
    """No value is refused that the library's own examples and tests passed."""
    assert quality.evidence.offenders == ()
    assert quality.evidence.of >= _WITH_EVIDENCE.get(quality.library, 0)


def test_wrong_values_are_refused(quality: Quality) -> None:
    """Nine of ten wrong values are refused, and there are enough of them to say so."""
    assert quality.mutations.share >= 0.95, quality.mutations.offenders
    assert quality.mutations.of >= 0.4 * quality.narrower.of


def test_offenders_are_named() -> None:
    """Each figure says which ones are not as they should be."""
    entry = _made(_SIGMA, _ANY, _WRONG_DEFAULT)
    assert narrower([entry]) == Figure(passed=2, of=3, offenders=("skimage:made.up what",))
    assert defaults_accepted([entry]) == Figure(passed=2, of=3, offenders=('skimage:made.up mode: "reflect"',))
    taken = _evidence(sigma=(2.5, [1, 2]), other=(1,), mode=({"$given": "array uint8 2"},))
    assert false_rejections([entry], taken) == Figure(
        passed=1, of=3, offenders=("skimage:made.up sigma: [1,2]", "skimage:made.up other: 1")
    )
    lax = msgspec.structs.replace(entry, parameters=(msgspec.structs.replace(_SIGMA, types=("any",)),))
    refused = mutations_refused([lax], None)
    assert refused.offenders == ("skimage:made.up sigma: text", "skimage:made.up sigma: object")
    assert mutations_refused([entry], None).share == 1


def test_what_the_library_takes_is_no_wrong_value() -> None:
    """A mutation of a type that the library was seen to take does not count."""
    lax = _made(msgspec.structs.replace(_SIGMA, types=("any",)))
    assert mutations_refused([lax], _evidence(sigma=("half",))).offenders == ("skimage:made.up sigma: object",)


def test_a_required_parameter_that_calls_go_without_is_a_false_rejection() -> None:
    """Evidence that a call did without a parameter is held against its being required."""
    entry = _made(msgspec.structs.replace(_SIGMA, required=True))
    assert false_rejections([entry], _evidence(sigma=({"$given": "nothing"},))).passed == 0
    assert false_rejections([_made(_SIGMA)], _evidence(sigma=({"$given": "nothing"},))).passed == 1


def test_sums() -> None:
    """Figures of two catalogs add up, and a share of nothing is whole."""
    one, two = (measure(load_catalog(library)) for library in ("builtin", "scipy"))
    both = one + two
    assert (both.functions, both.library) == (one.functions + two.functions, "")
    assert both.mutations.of == one.mutations.of + two.mutations.of
    assert both.narrower.offenders == (*one.narrower.offenders, *two.narrower.offenders)
    assert Figure(passed=0, of=0).share == 1


def test_evidence_is_of_the_version_that_is_shipped() -> None:
    """What was collected is held against the catalog of the version that it was collected with."""
    for library in _WITH_EVIDENCE:
        evidence = load_evidence(library)
        assert evidence is not None
        assert (evidence.library, evidence.version) == (library, load_catalog(library).version)
