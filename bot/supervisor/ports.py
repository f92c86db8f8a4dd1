"""Ports of this machine: one that is free, and those that others than this machine can reach."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the range that Linux gives to outgoing connections: while a server is away, a client's own
# connection could otherwise take the port that the server must come back to.
_PORTS = range(20_000, 32_000)
_LISTENING = "0A"
_EVERYWHERE = ("00000000", "0" * 32)


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of loopback now."""
    with socket.socket() as probe:
        # As servers do: a connection that is still lingering is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(liked: int = 0, *, avoid: frozenset[int] = frozenset()) -> int:
    """The port that is liked, if it is free, else any free one."""
    if liked and liked not in avoid and is_free(liked):
        return liked
    while True:
        port = random.choice(_PORTS)  # noqa: S311 - no secret
        if port not in avoid and is_free(port):
            return port


def exposed_ports(process_group: int, *, proc: Path = Path("/proc")) -> tuple[int, ...]:
    """Ports on which a process of that group or one of its descendants listens on every interface.

    Empty where the system does not tell (it is read from Linux's /proc).
    """
    sockets = {number for pid in _family(process_group, proc) for number in _sockets(proc / str(pid))}
    found = {
        int(port, 16)
        for table in (proc / "net" / "tcp", proc / "net" / "tcp6")
        for address, port, state, number in _rows(table)
        if state == _LISTENING and address in _EVERYWHERE and number in sockets
    }
    return tuple(sorted(found))


def _family(root: int, proc: Path) -> set[int]:
    children: dict[int, list[int]] = {}
    for place in proc.glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything.
            parent = int(place.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(place.parent.name))
    family, next_ones = {root}, [root]
    while next_ones:
        for pid in children.get(next_ones.pop(), ()):
            if pid not in family:
                family.add(pid)
                next_ones.append(pid)
    return family


def _sockets(process: Path) -> Iterator[str]:
    try:
        for link in (process / "fd").iterdir():
            target = str(link.readlink())
            if target.startswith("socket:["):
                yield target.removeprefix("socket:[").removesuffix("]")
    except OSError:
        return


def _rows(table: Path) -> Iterator[tuple[str, str, str, str]]:
    """Address, port, state, and the socket's number of each row."""
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        yield address, port, fields[3], fields[9]
