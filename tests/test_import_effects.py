"""Importing the packages has no effects: nothing heavy is loaded, nothing is set, written or started."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("cucim", "cupy", "dask", "numpy", "pyclesperanto", "pydantic", "scipy", "skimage", "textual")


def report(code, **environment):
    """Run code in a fresh interpreter and give the JSON that it printed."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("package", ["registry", "pipeline_schema"])
def test_importing_loads_nothing_heavy(package):
    """A program that only wants to know a name does not pay for an image library."""
    loaded = report(
        f"import {package}, sys, json; print(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    )
    assert set(loaded) & set(HEAVY) == set()


def test_importing_changes_nothing_outside(tmp_path):
    """No environment variable, thread, logging handler, warning filter or file comes from an import."""
    code = (
        "import json, logging, os, sys, threading, warnings\n"
        "before = dict(os.environ), threading.active_count(), list(logging.root.handlers), list(warnings.filters)\n"
        "import registry, pipeline_schema\n"
        "after = dict(os.environ), threading.active_count(), list(logging.root.handlers), list(warnings.filters)\n"
        "print(json.dumps([before == after, os.listdir(sys.argv[1] if len(sys.argv) > 1 else os.environ['HOME'])]))"
    )
    same, files = report(code, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path), PIPELINE_SCHEMA_CACHE=str(tmp_path))
    assert same
    assert files == []


def test_describing_a_function_loads_no_image_library():
    """Keys, entries and exclusions come from the shipped catalogs alone."""
    loaded = report(
        "import json, registry, sys\n"
        "registry.describe('skimage:filters.gaussian'); registry.keys('*blur*'); registry.exclusions('scipy')\n"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    assert set(loaded) & set(HEAVY) == set()


def test_resolving_imports_only_the_library_that_is_named():
    """A NumPy function needs NumPy; scikit-image, SciPy and pyclesperanto stay out, and so does pydantic."""
    loaded = report(
        "import json, registry, sys\n"
        "registry.resolve('numpy:greater')([1], [2])\n"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    assert set(loaded) & set(HEAVY) == {"numpy"}


def test_resolving_imports_only_the_module_that_is_needed():
    """A filter of scikit-image does not load its segmentation."""
    loaded = report(
        "import json, registry, sys\n"
        "registry.resolve('skimage:filters.gaussian')\n"
        "print(json.dumps([m for m in sys.modules if m.startswith('skimage.')]))"
    )
    assert "skimage.filters" in loaded
    assert not {"skimage.segmentation", "skimage.measure", "skimage.graph"} & set(loaded)


def test_every_public_name_is_there():
    """All names of the facade can be had, once each and in order, and nothing else is promised."""
    code = (
        "import importlib, json\n"
        "found = {}\n"
        "for name in ('registry', 'pipeline_schema'):\n"
        "    module = importlib.import_module(name)\n"
        "    names = module.__all__\n"
        "    key = lambda n: (not n.isupper(), not n[0].isupper(), n)\n"
        "    found[name] = [n for n in names if not hasattr(module, n)], names == sorted(set(names), key=key)\n"
        "print(json.dumps(found))"
    )
    assert report(code) == {"registry": [[], True], "pipeline_schema": [[], True]}


def test_the_function_keys_is_not_replaced_by_the_module_keys():
    """`registry.keys` is a function also after the module of that name was imported, from either side first."""
    code = (
        "import json, registry.keys\n"
        "from registry.keys import Key\n"
        "import registry as r\n"
        "from registry import keys\n"
        "print(json.dumps([callable(r.keys), keys is r.keys, 'skimage:filters.gaussian' in r.keys(library='skimage')]))"
    )
    assert report(code) == [True, True, True]


def test_an_unknown_name_of_the_facade_is_an_attribute_error():
    """A typo in a public name is answered as Python answers it."""
    import registry

    with pytest.raises(AttributeError, match="no attribute 'resolv'"):
        registry.resolv  # noqa: B018
