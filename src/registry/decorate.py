"""A registered function, ready to be called: takes arrays of any memory, and is shipped as its name.

A `Function` is an instance, not a function in the library function's clothes. `functools.wraps` would copy the
library's ``__module__`` and ``__qualname__``, under which every pickler finds the raw function (docs/adr/0001). What
reaches another process is the key and the options, and that process resolves them itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from registry.binding import Binding, Call, Layer
from registry.bodies import RAISE, make_body, make_slow_body
from registry.entry import FunctionEntry, Parameter
from registry.errors import RegistryError
from registry.memory import convert, is_plain, memory_type_of
from registry.options import CallOptions
from registry.origin import Origin
from registry.recovery import Recovery

__all__ = ["Function"]


class _Signature:
    """Of an instance, made when first asked for: reading it takes longer than all the rest of resolving.

    Of the class there is none, so that `inspect.signature(Function)` finds the constructor's. It is no ``__getattr__``,
    which would make each look-up of an attribute slower, and with it each call.
    """

    def __get__(self, function: Function | None, owner: type[Function]) -> inspect.Signature:
        if function is None:
            raise AttributeError("__signature__")
        signature = function.__dict__["__signature__"] = _signature(function._raw, function.entry)
        return signature


class Function:
    """A registered function with its options, bound once.

    It is called like the library's function. Arguments of role ``data`` are brought to the memory where the function
    works; every other argument, and each exception of the library, passes as it is, the latter with a note that names
    the key and the data that came. It does not bind as a method, and copying it returns itself.

    Parameters
    ----------
    entry : FunctionEntry
        What the catalog knows.
    options : CallOptions
        How it is called; a copy is kept.
    raw : callable
        The library's function, which is never changed.
    restore : callable
        ``restore(key, options, axes, origin)`` gives an equal Function in any process; it is what picklers write down,
        without the arguments at the end that say nothing.
    binding : Binding
        Where the data parameters are.
    axes : str, optional
        The axes of the flow input, see `with_axes`.
    layers : sequence of Layer
        What goes around the call, innermost first.
    origin : Origin, optional
        Where a registered function comes from; it goes along with the key, which another process would not know.
    recovery : Recovery, optional
        What is done when a device has no memory left.
    device : int, optional
        The device that one of the layers chooses: data must be looked at, since its type does not say where it is.

    Attributes
    ----------
    registry_key : str
        The key.
    options : CallOptions
        A copy of the options.
    entry : FunctionEntry
        What the catalog knows.
    input_memory_type, output_memory_type : str
        Where arrays are brought to, and where results are made.
    axes : str or None
        The axes of the flow input, where they were given.
    device : int or None
        Index of the device where it works: by option, else the worker's; None is the library's choice.
    """

    __name__: str
    __signature__ = _Signature()
    # A call finds its body here, made for this very function: a method would have to look up all that it needs.
    # The key is not in ``__dict__``, from which `functools.wraps` would give it to a function that does something else.
    __slots__ = ("__call__", "__dict__", "__weakref__", "registry_key")
    __call__: Callable[..., Any]
    registry_key: str

    def __init__(
        self,
        entry: FunctionEntry,
        options: CallOptions,
        raw: Callable[..., Any],
        *,
        restore: Callable[..., Function],
        binding: Binding,
        axes: str | None = None,
        layers: Sequence[Layer] = (),
        origin: Origin | None = None,
        recovery: Recovery | None = None,
        device: int | None = None,
    ) -> None:
        self.registry_key = entry.key
        self.entry = entry
        self.axes = axes
        self.device = device
        self.input_memory_type = options.memory or entry.input_memory_type
        self.output_memory_type = options.memory or entry.output_memory_type
        self.__name__ = entry.name.rpartition(".")[2]
        self.__doc__ = getattr(raw, "__doc__", None) or entry.summary
        # Those of the class are not what a call takes.
        self.__annotations__ = dict(getattr(raw, "__annotations__", None) or {}) if inspect.isroutine(raw) else {}
        self._options = msgspec.structs.replace(options)
        self._identity = (entry.key, msgspec.structs.astuple(options), axes)
        self._raw = raw
        self._restore = restore
        self._origin = origin
        self._binding = binding
        self._recovery = recovery
        # Types that need no look at the value; grows with what is met, and only by types, never by values.
        self._passing: set[type] = set()
        call: Call = self._native
        for layer in layers:
            call = layer(call)
        self._layered = call
        if layers:
            self.__call__ = make_slow_body(call, self._failed)
        else:
            self.__call__ = make_body(raw, binding, self._passing, call, self._failed)

    @property
    def options(self) -> CallOptions:
        """How it is called: a copy, so that nobody changes a function that others share."""
        return msgspec.structs.replace(self._options)

    def with_axes(self, axes: str) -> Function:
        """The same function for inputs with these axes, for option `slice_by_slice` with letters.

        Parameters
        ----------
        axes : str
            One letter for each axis of the flow input, for example ``TZYX``.

        Returns
        -------
        Function
        """
        return self._restore(self.registry_key, self._given_options(), axes)

    def __reduce__(self) -> tuple[Any, ...]:
        facts = [self.registry_key, self._given_options(), self.axes, self._origin]
        while not facts[-1]:
            facts.pop()
        return self._restore, tuple(facts)

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Function:
        return self

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if isinstance(other, Function) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self._given_options().items())
        axes = f".with_axes({self.axes!r})" if self.axes else ""
        return f"resolve({self.registry_key!r}{given}){axes}"

    def _native(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the library's function with its data where it works."""
        args, kwargs = self._binding.replaced(args, kwargs, self._brought)
        return self._raw(*args, **kwargs)

    def _brought(self, parameter: str, value: Any) -> Any:
        target = self.input_memory_type
        if self.device is None and (is_plain(type(value)) or memory_type_of(value) == target):
            self._passing.add(type(value))
            return value
        return convert(value, target, key=self.registry_key, parameter=parameter)

    def _given_options(self) -> dict[str, Any]:
        """The options that differ from their defaults."""
        given: dict[str, Any] = msgspec.to_builtins(self._options)
        return given

    def _failed(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._recovery is not None and self._recovery.applies(error):
            return self._recovery.run(self._layered, args, kwargs, error)
        self._add_note(error, args, kwargs)
        return RAISE

    def _add_note(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if isinstance(error, RegistryError):
            return  # Ours say all of this themselves.
        came = ", ".join(f"{name}: {_shown(value)}" for name, value in self._binding.data(args, kwargs))
        error.add_note(f"in {self.registry_key}, called with {came or 'no data'}")


_KINDS = {
    "positional_only": inspect.Parameter.POSITIONAL_ONLY,
    "positional_or_keyword": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "var_positional": inspect.Parameter.VAR_POSITIONAL,
    "keyword_only": inspect.Parameter.KEYWORD_ONLY,
    "var_keyword": inspect.Parameter.VAR_KEYWORD,
}


def _signature(raw: Callable[..., Any], entry: FunctionEntry) -> inspect.Signature:
    # A ufunc makes its signature when asked, and keeps it: reading it would leave a mark on the library's object.
    if inspect.isroutine(raw) or inspect.isclass(raw):
        try:
            return inspect.signature(raw)
        except (TypeError, ValueError):
            pass  # Written in C without a signature.
    return inspect.Signature([_parameter(p) for p in entry.parameters])


def _parameter(parameter: Parameter) -> inspect.Parameter:
    named = not parameter.kind.startswith("var_")
    default = parameter.default if named and not parameter.required else inspect.Parameter.empty
    return inspect.Parameter(parameter.name, _KINDS[parameter.kind], default=default)


def _shown(value: Any) -> str:
    """What came, without its values: a type, and an array's dtype and shape."""
    if memory_type_of(value) is not None:
        return f"{memory_type_of(value)} array of {value.dtype}, shape {tuple(value.shape)}"
    return type(value).__name__
