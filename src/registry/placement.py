"""Option `device`: a function works on the device of an index, with its arrays there, whoever calls it."""

from __future__ import annotations

from typing import Any

from registry import devices, opencl
from registry.binding import Call, Layer
from registry.entry import FunctionEntry
from registry.memory import memory_type_of

__all__ = ["device_layer"]

# The parameter by which pyclesperanto's functions are told where to work; without it they go by the first array.
_TELLS = "device"


def device_layer(entry: FunctionEntry, memory_type: str, index: int) -> Layer:
    """Let a function work on one device.

    Parameters
    ----------
    entry : FunctionEntry
        Which function.
    memory_type : {'cupy', 'pyclesperanto'}
        Where it works.
    index : int
        Of a device that exists.

    Returns
    -------
    Layer

    Notes
    -----
    The device is chosen at each call, for that call and its thread: nothing of a device hangs on the function, and
    neither library's current device changes. Arrays on another device are brought over. Results stay on the device.
    """
    told = memory_type == "pyclesperanto" and entry.parameter(_TELLS) is not None

    def layer(call: Call) -> Call:
        def placed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            with devices.choosing(memory_type, index):
                if told and not any(map(_has_array, (*args, *kwargs.values()))):
                    # Where no array says where to work, the library would take its current device.
                    kwargs = {_TELLS: opencl.device(index)} | kwargs
                return call(args, kwargs)

        return placed

    return layer


def _has_array(value: Any) -> bool:
    return memory_type_of(value) is not None
