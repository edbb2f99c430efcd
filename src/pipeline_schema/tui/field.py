"""A parameter in the form: a constant that is typed or chosen, or a reference to what another step gives."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET
from rich.text import Text
from textual import on
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Select

from pipeline_schema.tui.literal import literal, plain
from pipeline_schema.tui.model import Editor
from pipeline_schema.tui.row import Row
from pipeline_schema.tui.texts import ValueTextError, read_reference, read_value, show_reference, show_value
from registry.entry import FunctionEntry, Parameter

__all__ = ["Field"]

# What an Input can be trusted to edit; arrays written into a document are longer, and are kept as they are.
_LONGEST = 4000
_DEFAULT = -1


class Field(Row):
    """One parameter of a step.

    Parameters
    ----------
    editor : Editor
        Whose document is changed as soon as what is typed is right, and not before.
    index : int
        Of the step.
    parameter : Parameter
    entry : FunctionEntry or None
        Of the function; None where nothing is known about it.
    """

    def __init__(self, editor: Editor, index: int, parameter: Parameter, entry: FunctionEntry | None) -> None:
        super().__init__()
        self._editor = editor
        self._index = index
        self._entry = entry
        self.parameter = parameter
        name = parameter.name
        given = name in editor.step(index).params
        self.is_flow = entry is not None and entry.flow == name
        self.refers = not given and (parameter.role == "data" or editor.bound(index, name) is not None)

    def label(self) -> Content:
        """The parameter's name, what it takes, and its documentation."""
        parameter = self.parameter
        known = self._entry is None or self._entry.parameter(parameter.name) is not None
        takes = "data" if parameter.role == "data" else " | ".join(t for t in parameter.types if t != "any")
        parts = [literal(parameter.name, "bold"), literal(f"  {takes}" if takes else "", "$text-accent")]
        if parameter.required and not self._is_given():
            parts.append(literal("  needed", "$text-warning"))
        if not known:
            parts.append(literal("  not known to this function; empty it to remove it", "$text-warning"))
        parts.append(literal(f"  {' '.join(parameter.doc.split())}", "dim"))
        return Content.assemble(*parts)

    def controls(self) -> Iterable[Widget]:
        """What fits the parameter, and a button to change between constant and reference."""
        if self.refers:
            yield self._reference_input()
        else:
            yield self._constant_control()
        other = "a constant" if self.refers else "a step's result"
        yield Button("= " if self.refers else "← ", compact=True, tooltip=f"Give {other} instead")

    def _is_given(self) -> bool:
        name = self.parameter.name
        said = self._editor.bound(self._index, name) or self._editor.flows_in(self._index, name)
        return bool(said) or name in self._editor.step(self._index).params

    def _reference_input(self) -> Input:
        name = self.parameter.name
        flows = self._editor.flows_in(self._index, name)
        known = self._editor.references(self._index)
        listed = ", ".join(known[:4]) + (" ..." if len(known) > 4 else "")
        unbound = f"a step or input: {listed}" if self.parameter.required else "none"
        hint = f"← {flows}  (flows in)" if flows else unbound
        return Input(
            plain(show_reference(self._editor.bound(self._index, name))),
            placeholder=plain(hint),
            suggester=SuggestFromList(known),
            compact=True,
        )

    def _constant_control(self) -> Widget:
        parameter = self.parameter
        value = self._editor.step(self._index).params.get(parameter.name, UNSET)
        shown = parameter.default if value is UNSET else value
        if parameter.types == ("bool",) and isinstance(shown, bool):
            return Checkbox(value=shown, compact=True)
        place = _place(value, parameter)
        if place is not None and parameter.choices and {*parameter.types} <= {"str", "none"}:
            options = [(Text(_default(parameter), style="dim italic"), _DEFAULT)]
            options += [(Text(plain(show_value(choice))), at) for at, choice in enumerate(parameter.choices)]
            return Select(options, value=place, allow_blank=False, compact=True)
        try:
            text = "" if value is UNSET else show_value(value)
        except ValueTextError as error:
            return Input(placeholder=plain(f"kept as it is: {error}"), disabled=True, compact=True)
        if len(text) > _LONGEST:
            return Input(placeholder=f"kept as it is: {len(text):,} characters of JSON", disabled=True, compact=True)
        choices = [show_value(choice) for choice in parameter.choices]
        return Input(
            text,
            placeholder=plain(_default(parameter)),
            suggester=SuggestFromList(choices) if choices else None,
            compact=True,
        )

    @on(Button.Pressed)
    async def _switch(self, event: Button.Pressed) -> None:
        event.stop()
        self.refers = not self.refers
        self._own_message = ""
        await self.recompose()
        self._show()
        self.query(".controls > *").first().focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.disabled:
            return
        try:
            if self.refers:
                self._bind(event.value)
            else:
                self._set(read_value(event.value, self.parameter, self._entry))
        except ValueTextError as error:
            self.say(str(error))
        else:
            self.say("")

    @on(Checkbox.Changed)
    def _ticked(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._set(UNSET if event.value == self.parameter.default else event.value)

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        if isinstance(event.value, int):
            self._set(UNSET if event.value == _DEFAULT else self.parameter.choices[event.value])

    def _set(self, value: Any) -> None:
        name, params = self.parameter.name, self._editor.step(self._index).params
        if value is UNSET:
            if name in params or self._editor.bound(self._index, name) is not None:
                self._change(self._editor.clear, self._index, name)
        elif name not in params or _differs(value, params[name]):
            self._change(self._editor.set_param, self._index, name, value)

    def _bind(self, text: str) -> None:
        name, reference = self.parameter.name, read_reference(text)
        if reference == self._editor.bound(self._index, name):
            return
        if reference is None:
            self._change(self._editor.clear, self._index, name)
        else:
            self._change(self._editor.bind, self._index, name, reference)

    def _change(self, change: Any, *arguments: Any) -> None:
        change(*arguments)
        self.post_message(self.Edited())


def _default(parameter: Parameter) -> str:
    return "needed" if parameter.required else f"default: {json.dumps(parameter.default, ensure_ascii=False)}"


def _place(value: Any, parameter: Parameter) -> int | None:
    """Where a value stands among the choices; `_DEFAULT` if it is left out, None if it is none of them."""
    if value is UNSET:
        return _DEFAULT
    return next((at for at, choice in enumerate(parameter.choices) if not _differs(choice, value)), None)


def _differs(one: Any, other: Any) -> bool:
    # 2, 2.0 and true are equal to Python, and not to a document.
    return json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True)
