"""Which ports are free, and which ones other machines can reach."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from bot.supervisor.ports import exposed_ports, free_port, is_free

# A parent whose child listens: on the given address, at a port that it prints.
_LISTEN = """
import os, socket, sys
read, write = os.pipe()
if os.fork() == 0:
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    server = socket.create_server((sys.argv[1], 0), family=family)
    print(server.getsockname()[1], flush=True)
    os.read(read, 1)
else:
    os.close(read)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is read from Linux's /proc")
@pytest.mark.parametrize(("address", "exposed"), [("127.0.0.1", False), ("0.0.0.0", True), ("::", True)])
def test_a_port_on_every_interface_is_found(address: str, exposed: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LISTEN, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert exposed_ports(process.pid) == ((port,) if exposed else ())
        process.kill()


def test_a_port_in_use_is_not_free_and_the_liked_one_is_given_where_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not is_free(taken)
        assert free_port(taken) != taken
    liked = free_port()
    assert free_port(liked) == liked
    assert free_port(liked, avoid=frozenset({liked})) != liked
