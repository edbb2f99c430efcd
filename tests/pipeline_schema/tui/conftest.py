"""Driving the interface as a person would: keys in, a screen out."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pipeline_schema.tui.app import PipelineApp
from pipeline_schema.tui.field import Field

# A run of characters in a screenshot, and the width of one of them.
_TEXT = re.compile(r'<text [^>]*? x="([\d.]+)"[^>]*?-line-(\d+)\)">(.*?)</text>', re.DOTALL)
_WIDTH = 12.2
_BORDERS = dict.fromkeys(map(ord, "─│╭╮╰╯"), " ")


class Person:
    """Somebody before the screen."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.app: PipelineApp = pilot.app  # type: ignore[assignment]

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Replace what the focused field holds."""
        await self.pilot.pause()
        focused = self.app.focused
        assert isinstance(focused, Input)
        focused.value = text
        await self.settle()

    async def settle(self) -> None:
        """Wait until the document has been checked and everything is shown."""
        await self.pilot.pause(0.25)
        await self.app.workers.wait_for_complete([w for w in self.app.workers if w.node is self.app])
        await self.pilot.pause()

    async def until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something holds."""
        for _ in range(int(seconds * 20)):
            if true():
                await asyncio.sleep(0.1)
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"not so after {seconds} s; the screen is:\n{self.screen()}")

    def field(self, name: str) -> Field:
        """The field of a parameter."""
        return next(field for field in self.app.query(Field) if field.parameter.name == name)

    async def focus(self, name: str) -> None:
        """Go to the field of a parameter."""
        self.field(name).query(".controls > *").first().focus()
        await self.pilot.pause()

    def screen(self, part: str = "Screen") -> str:
        """What is on the screen or on a widget, as text: lines joined, borders left out, white space is one space."""
        width, height = self.app.size
        cells = [[" "] * width for _ in range(height)]
        for x, y, text in _TEXT.findall(self.app.export_screenshot()):
            column = round(float(x) / _WIDTH)
            for at, character in enumerate(html.unescape(text).rstrip("\n"), column):
                cells[int(y)][at] = character
        region = (self.app.screen if part == "Screen" else self.app.screen.query_one(part)).region
        lines = ("".join(row[region.x : region.right]) for row in cells[region.y : region.bottom])
        return " ".join(" ".join(lines).translate(_BORDERS).split())


Script = Callable[[Person], Awaitable[None]]


@pytest.fixture
def drive() -> Callable[..., None]:
    """Starts the interface, lets somebody use it, and ends it."""

    def run(script: Script, document: Path | None = None, size: tuple[int, int] = (120, 40)) -> None:
        async def main() -> None:
            app = PipelineApp(document)
            async with app.run_test(size=size) as pilot:
                person = Person(pilot)
                await person.settle()
                await script(person)

        asyncio.run(main())

    return run


@pytest.fixture
def coins(root: Path) -> Path:
    """The coins example."""
    return root / "examples/count-coins.pipeline.json"
