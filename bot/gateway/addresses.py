"""Whose request it is: the client's address behind proxies, and the network that is counted as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address


class Proxies:
    """The proxies whose word on a client's address is believed."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Addresses and networks (`10.0.0.0/8`). Raises ValueError for anything else."""
        self._networks = tuple(ip_network(name, strict=False) for name in names)

    def include(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def find_client(peer: str, forwarded: Sequence[str], proxies: Proxies) -> Address | None:
    """The client that the nearest proxy which is not ours was asked by; None where the peer has no address.

    `peer` is the other end of the connection; `forwarded` the values of X-Forwarded-For in order. Each proxy
    adds its own peer at the right, and everything left of what ours added may be invented: so the list is
    read from the right, as long as it was one of ours that said it.
    """
    client = read_address(peer)
    if client is None:
        return None
    said = [part for value in forwarded for part in value.split(",")]
    while said and proxies.include(client):
        before = read_address(said.pop())
        if before is None:
            break  # one of ours passed on what is no address: the last one that is known has to do
        client = before
    return client


def read_address(text: str) -> Address | None:
    """An address, with or without a port; an IPv4 address that is written as IPv6 is one of IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def network_of(address: Address | None) -> str:
    """What is counted as one client: an IPv4 address, or the /64 that an IPv6 customer has to himself; empty
    where there is no address."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address.packed[:8] + bytes(8), 64)))
    return "" if address is None else str(address)
