"""Functions of users, one by one: keys, collisions, refusals that say what to do, and what undoing gives back."""

import functools

import numpy as np
import pytest

from registry import catalog
from registry.errors import ArgumentError, DuplicateKeyError, InvalidKeyError, UnknownKeyError
from registry.registration import register
from registry.resolver import describe, key_of, keys, resolve

DOUBLE = """
def double(image, factor: float = 2.0):
    \"\"\"Make it brighter.\"\"\"
    return image * factor

def labelled(image):
    return image
"""


def test_a_function_of_a_module_gets_a_key(make_module):
    """Registered, it is described, listed, resolved, called and found again as any other."""
    module = make_module("regmoda", DOUBLE)
    made = register(module.double, kind="image")
    assert made.key == "local:regmoda.double"
    assert describe(made.key).summary == "Make it brighter."
    assert made.key in keys(library="local")
    assert key_of(module.double) == made.key
    assert (resolve(made.key)(np.ones(3), factor=3) == 3).all()


def test_the_same_function_twice_is_no_collision(make_module):
    """A module that is imported again, or a cell that is run again, may say it again."""
    module = make_module("regmodb", DOUBLE)
    assert register(module.double).entry == register(module.double).entry


def test_a_collision_shows_both_sides(make_module):
    """Module, name, file and line of each."""
    first, second = make_module("regmodc", DOUBLE), make_module("regmodd", DOUBLE)
    register(first.double, key="lab:double")
    with pytest.raises(DuplicateKeyError) as caught:
        register(second.double, key="lab:double")
    assert "regmodc:double" in caught.value.first
    assert "regmodd.py, line 2" in caught.value.second
    assert caught.value.first in str(caught.value)


@pytest.mark.parametrize("key", ["skimage:filters.mine", "numpy:add", "builtin:crop"])
def test_no_prefix_of_the_table_can_be_had(make_module, key):
    """A document that says skimage means scikit-image, whatever a process registered."""
    module = make_module("regmode", DOUBLE)
    with pytest.raises(DuplicateKeyError, match="regmode:double"):
        register(module.double, key=key)


def test_a_prefix_of_ones_own_can_be_had_and_goes_with_its_last_function(make_module):
    """It is a library like another while something is registered under it."""
    module = make_module("regmodf", DOUBLE)
    made = register(module.double, key="ownlab:bright.double")
    assert keys(library="ownlab") == ["ownlab:bright.double"]
    made.undo()
    with pytest.raises(UnknownKeyError):
        catalog.lookup("ownlab:bright.double")


def test_undoing_makes_the_key_unknown(make_module):
    """Also for who resolved it before; undoing twice is as good as once."""
    module = make_module("regmodg", DOUBLE)
    with register(module.double) as made:
        assert resolve(made.key)(np.ones(1))[0] == 2
        assert register(module.labelled).key == "local:regmodg.labelled"
    made.undo()
    with pytest.raises(UnknownKeyError):
        resolve(made.key)


def test_a_module_that_was_run_again_has_its_new_functions(make_module, site):
    """The key means what the module has now, not what it had when the key was first resolved."""
    import importlib

    module = make_module("regmodh", DOUBLE)
    key = register(module.double).key
    assert resolve(key)(np.ones(1))[0] == 2
    (site / "regmodh.py").write_text(DOUBLE.replace("= 2.0", "= 7.00"))
    importlib.invalidate_caches()
    module = importlib.reload(module)
    register(module.double)
    assert resolve(key)(np.ones(1))[0] == 7


def test_what_is_said_of_a_function_is_in_its_entry(make_module):
    """Kind, outputs, traits and extras, where neither annotation nor docstring has them."""
    module = make_module("regmodi", DOUBLE)
    outputs = {"image": "image", "count": "scalar"}
    entry = register(module.double, kind="image", outputs=outputs, traits=["stateful"], extras={"gpu": 1}).entry
    assert [(one.name, one.kind) for one in entry.outputs] == list(outputs.items())
    assert (entry.kind, entry.traits, entry.extras, entry.flow) == ("image", ("stateful",), {"gpu": 1}, "image")


@pytest.mark.parametrize(
    "said",
    [{"kind": "picture"}, {"memory_type": "torch"}, {"traits": ["slow"]}, {"flow": "picture"}, {"outputs": ["a b"]}],
)
def test_words_that_mean_nothing_are_refused(make_module, said):
    """A misspelled kind is told at once, not when a document is checked."""
    module = make_module("regmodj", DOUBLE)
    with pytest.raises(ArgumentError) as caught:
        register(module.double, **said)
    assert str(*said) in str(caught.value)


def test_what_another_process_can_not_find_is_refused(make_module):
    """A lambda, a function inside another, a method, a partial, a function of the program: each with what to do."""
    module = make_module("regmodk", DOUBLE + "class A:\n    def method(self): ...\n    call = lambda image: image\n")

    def inner(image):
        return image

    main = type(module.double)(module.double.__code__, {}, "double")
    main.__module__ = "__main__"
    partial = functools.partial(module.double, factor=3)
    for function, advice in (
        (lambda image: image, "write it as def"),
        (inner, "at the top of the module"),
        (module.A.method, "a function of the module regmodk that calls it"),
        (partial, "def"),
        (main, "--functions my_functions.py"),
        (3, "can't be called"),
        (resolve("numpy:add"), "numpy:add"),
    ):
        with pytest.raises(ArgumentError, match=advice):
            register(function)


def test_a_name_that_leads_elsewhere_is_refused(make_module):
    """What another process would find under the name is not what was registered."""
    module = make_module("regmodl", DOUBLE)
    double = module.double
    module.double = module.labelled
    with pytest.raises(ArgumentError, match="another object"):
        register(double)
    del module.double
    with pytest.raises(ArgumentError, match="has no double"):
        register(double)


def test_a_name_that_no_key_can_have_asks_for_another(make_module):
    """A module or function with a leading underscore needs a key that is said."""
    module = make_module("_regmodm", DOUBLE)
    with pytest.raises(InvalidKeyError, match="key="):
        register(module.double)
    assert register(module.double, key="local:regm.double").key == "local:regm.double"


def test_a_plugins_module_gets_the_plugins_keys(make_plugin):
    """What a plugin registers is the plugin's, beside what is found in it; nobody else can use its prefix."""
    text = 'def twice(image):\n    """Twice."""\n    return image\n'
    make_plugin("regplug", {"__init__": "", "part": text, "_hidden": text})
    import regplug._hidden

    made = register(regplug._hidden.twice, key="regplug:hidden.twice")
    assert keys(library="regplug") == ["regplug:hidden.twice", "regplug:part.twice"]
    assert resolve(made.key)(3) == 3
    with pytest.raises(DuplicateKeyError, match="regplug-functions"):
        register(functools.reduce, key="regplug:mine")


def test_under_a_prefix_that_two_plugins_claim_nothing_is_registered(make_plugin):
    """The refusal shows both, and leaves nothing half known."""
    from registry.registration import all_registered

    text = "def f(image): ...\n"
    make_plugin("regplua", {"__init__": text}, distribution="one")
    make_plugin("regplua", {"__init__": text}, distribution="two")
    import regplua

    with pytest.raises(DuplicateKeyError, match=r"one 1\.0.*two 1\.0"):
        register(regplua.f)
    assert "regplua:f" not in [made.entry.key for made in all_registered()]
