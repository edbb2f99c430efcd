"""The link is one end's and the other's, and nobody else's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from pipeline_schema.run.channel.link import Link, adopt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sockets that carry descriptors")

_CHILD = """
import socket, subprocess, sys
from pipeline_schema.run.channel.link import adopt
end = adopt(sys.argv[1:])
socket.send_fds(end, [b"!"], [2])
sys.exit(subprocess.call([sys.executable, "-c", f"import os; os.fstat({end.fileno()})"], stderr=-3))
"""


def test_descriptors_go_over_a_link_that_grandchildren_lack() -> None:
    """A process that was started with a link sends a descriptor over it; its own child does not have the link."""
    link = Link()
    with link.open([sys.executable, "-c", _CHILD]) as process:
        assert link.end is not None
        with link.end:
            _, (descriptor,), _, _ = socket.recv_fds(link.end, 1, 1)
            os.close(descriptor)
            assert link.end.recv(1) == b""
    assert process.returncode == 1


def test_a_process_that_does_not_start_leaves_no_link() -> None:
    """Both ends are closed if there is nothing to run."""
    link = Link()
    with pytest.raises(FileNotFoundError):
        link.open(["/no/such/program"], stdin=subprocess.DEVNULL)
    assert link.end is not None
    assert link.end.fileno() == -1


def test_without_a_link_there_is_none() -> None:
    """A worker that was started by hand goes without."""
    assert adopt(["--other=3"]) is None
