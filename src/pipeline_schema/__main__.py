"""The command ``pipeline``, also as ``python -m pipeline_schema``: a door that says so if it is left at once."""

import signal
import sys

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        from pipeline_schema.cli.main import main as run

        run()
    except KeyboardInterrupt:
        # Before there is a command that could say it: loading what is behind the door takes a tenth of a second.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if sys.stderr is not None:
            print("pipeline: interrupted", file=sys.stderr)
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
