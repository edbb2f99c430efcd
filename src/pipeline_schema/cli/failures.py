"""From an exception to an exit code and a sentence: no traceback reaches a user without ``--debug``."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import ParamSpec

import typer

from pipeline_schema.cli.shown import plain, print_json
from pipeline_schema.errors import PipelineError, UsageError
from registry.errors import RegistryError

__all__ = ["FAILED", "FINE", "INTERRUPTED", "UNABLE", "USAGE", "set_debug", "with_exit_code"]

FINE, FAILED, USAGE, UNABLE, INTERRUPTED = 0, 1, 2, 3, 130

P = ParamSpec("P")


_debug = False


def set_debug(debug: bool) -> None:
    """Show tracebacks from now on, or do not."""
    global _debug  # noqa: PLW0603 - one switch for the whole process, set once by --debug
    _debug = debug


def with_exit_code(command: Callable[P, int]) -> Callable[P, None]:
    """A command that ends with the code it returns, or with the code that fits the error it raises."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            if sys.stdout is not None:  # it is None where the shell closed it
                sys.stdout.flush()
        except KeyboardInterrupt:
            code = _say("interrupted", INTERRUPTED)
        except UsageError as error:
            code = _tell(error, USAGE, kwargs)
        except BrokenPipeError:
            # The reader of our output went away (`| head`): nothing is left to say, and nobody to say it to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except (PipelineError, RegistryError, OSError) as error:
            code = _tell(error, UNABLE, kwargs)
        except Exception as error:
            text = f"{type(error).__name__}: {error}\nThis is a fault of the program; run it with --debug to see where."
            code = _say(text, UNABLE)
        raise typer.Exit(code)

    return wrapped


def _tell(error: Exception, code: int, options: Mapping[str, object]) -> int:
    """Say what is wrong, with ``--format json`` as the one JSON value as well."""
    if options.get("output") == "json":
        print_json({"error": {"message": str(error), "problems": getattr(error, "problems", ())}})
    return _say(str(error), code)


def _say(message: str, code: int) -> int:
    if _debug and code != INTERRUPTED:
        traceback.print_exc()
    if sys.stderr is not None:  # print would take stdout for it
        print(f"pipeline: {plain(message)}", file=sys.stderr)
    return code
