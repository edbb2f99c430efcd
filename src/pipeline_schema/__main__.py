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
        _hear_no_more()
        if sys.stderr is not None:
            print("pipeline: interrupted", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _hear_no_more()
        raise


def _hear_no_more() -> None:
    """Leave as what was said: who presses Ctrl-C twice would end Python while it takes itself apart."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
