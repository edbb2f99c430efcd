"""Whether a function can be found again by its name, which is all that another process is told of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from registry.errors import ArgumentError

__all__ = ["follow", "require_name", "require_reachable"]

_ADVICE = (
    "put it into a file of its own, my_functions.py, and name that with --functions my_functions.py "
    "(in Python: registry.load_functions), or into a module that can be imported"
)


def require_name(function: Any) -> tuple[str, str]:
    """The module and the name under which another process can find a function.

    Parameters
    ----------
    function : any
        What is to be registered.

    Returns
    -------
    tuple of str
        Module and name. Whether they lead to the function is not looked at: a decorator is at work before they do.

    Raises
    ------
    ArgumentError
        For what no name leads to: a lambda, a function made inside another, a method, a function of ``__main__``, an
        object without a name. The message says what to do.
    """
    if not callable(function):
        raise _refuse(function, f"{function!r:.80} can't be called, so it is no function")
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        what = f"a {type(function).__name__} has no name by which another process finds it"
        raise _refuse(function, f"{what}; write a function (def) that calls it")
    if "<lambda>" in name:
        raise _refuse(function, f"a lambda of {module} has no name by which another process finds it; write it as def")
    if "<locals>" in name:
        outer, _, inner = name.rpartition(".<locals>.")
        what = f"{inner} is made inside {outer} of {module}, and no other process finds it there"
        raise _refuse(function, f"{what}; write it at the top of the module")
    if module in ("__main__", "__mp_main__"):
        what = f"{name} belongs to the program that is running (__main__), which another process does not import"
        raise _refuse(function, f"{what}; {_ADVICE}")
    if "." in name:
        owner, _, inner = name.rpartition(".")
        raise _refuse(
            function, f"{inner} is a method of {owner}; write a function of the module {module} that calls it"
        )
    return module, name


def require_reachable(function: Any) -> None:
    """Refuse a function to which its module and name do not lead.

    Raises
    ------
    ArgumentError
        As `require_name`, and if something else, or nothing, stands under its name.
    """
    module, name = require_name(function)
    if module not in sys.modules:
        raise _refuse(function, f"{name} says that it is of the module {module}, which is not imported; {_ADVICE}")
    found = follow(module, name)
    if found is function:
        return
    if found is None:
        what = f"the module {module} has no {name}, by which another process would look for this function"
    else:
        what = f"{name} of the module {module} is another object than this function"
        if getattr(found, "__wrapped__", None) is function:
            what += ": a decorator stands above the one that registers it; let that one be the topmost"
            raise _refuse(function, what)
    raise _refuse(function, f"{what}; give it, and register, the name under which the module has it")


def follow(module: str, name: str) -> Callable[..., Any] | None:
    """What a module that is imported already has under a name, or None; imports nothing."""
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    return found if callable(found) else None


def _refuse(function: Any, message: str) -> ArgumentError:
    return ArgumentError(message, key=None, parameter="function", value=None)
