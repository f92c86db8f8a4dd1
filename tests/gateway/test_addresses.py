"""The client's address behind proxies, names of hosts, origins: tables, and what holds for any input."""

from __future__ import annotations

from ipaddress import IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.addresses import Proxies, find_client, network_of, read_address
from bot.gateway.hosts import Hosts
from bot.gateway.problems import Problem

PROXIES = Proxies(["10.0.0.0/8", "192.0.2.1", "fd00::/8"])
ADDRESSES = st.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # No proxy: what it says of others is not believed.
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        # One of ours, two of ours, in one header or in several.
        ("10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["198.51.100.1, 10.0.0.3"], "198.51.100.1"),
        ("10.0.0.2", ["198.51.100.1", "10.0.0.3"], "198.51.100.1"),
        # What the client wrote himself stands at the left.
        ("10.0.0.2", ["1.1.1.1, 10.0.0.9, 198.51.100.1"], "198.51.100.1"),
        # A chain that is all ours: its first one asks for itself.
        ("10.0.0.2", ["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
        ("10.0.0.2", [], "10.0.0.2"),
        # Rubbish: whoever passed it on has to do.
        ("10.0.0.2", ["unknown"], "10.0.0.2"),
        ("10.0.0.2", ["198.51.100.1, rubbish, 10.0.0.3"], "10.0.0.3"),
        ("10.0.0.2", [""], "10.0.0.2"),
        # With ports, as some proxies write; IPv6, and IPv4 within it.
        ("10.0.0.2", ["198.51.100.1:4711"], "198.51.100.1"),
        ("fd00::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["::ffff:198.51.100.1"], "198.51.100.1"),
    ],
)
def test_the_client_is_the_rightmost_that_is_not_ours(peer: str, forwarded: list[str], client: str) -> None:
    assert find_client(peer, forwarded, PROXIES) == ip_address(client)


def test_who_has_no_address_has_none() -> None:
    assert find_client("", ["198.51.100.1"], PROXIES) is None
    assert network_of(None) == ""


@pytest.mark.parametrize("name", ["proxy", "10.0.0.0/33", "", "10.0.0.1 "])
def test_a_proxy_is_an_address_or_a_network(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Proxies([name])


@given(st.lists(st.text(max_size=40), max_size=5), ADDRESSES)
def test_a_stranger_is_always_himself(invented: list[str], peer: str) -> None:
    assert find_client(peer, invented, Proxies()) == read_address(peer)


@given(st.lists(ADDRESSES, max_size=4), ADDRESSES)
def test_nothing_that_a_client_writes_changes_what_our_proxy_saw(invented: list[str], client: str) -> None:
    seen = read_address(client)
    assert seen is not None
    if not PROXIES.include(seen):
        assert find_client("10.0.0.2", [*invented, client], PROXIES) == seen


@given(st.ip_addresses(v=6))
def test_a_network_of_ipv6_is_a_64(address: object) -> None:
    found = read_address(str(address))
    network = network_of(found)
    assert found is not None
    if found.version == 6:
        assert found in IPv6Network(network)
        assert network.endswith("/64")
    else:
        assert network == str(found)


LOCAL = Hosts(listens_on="127.0.0.1", public_url="")
PUBLIC = Hosts(
    listens_on="0.0.0.0", public_url="https://docs.example.org", origins=["https://app.example.org/"]
)
OPEN = Hosts(listens_on="0.0.0.0", public_url="")


@pytest.mark.parametrize(
    ("hosts", "host", "fine"),
    [
        (LOCAL, "127.0.0.1:8080", True),
        (LOCAL, "localhost", True),
        (LOCAL, "[::1]:8080", True),
        (LOCAL, "LOCALHOST:8080", True),
        # A name of elsewhere that was made to point here.
        (LOCAL, "evil.example", False),
        (LOCAL, "localhost.evil.example", False),
        (LOCAL, "", False),
        # What is no name at all.
        (LOCAL, "user@localhost", False),
        (LOCAL, "localhost/path", False),
        (LOCAL, "localhost:99999", False),
        (LOCAL, "[::1", False),
        (PUBLIC, "docs.example.org", True),
        (PUBLIC, "127.0.0.1:8080", True),
        (PUBLIC, "evil.example", False),
        # It was told to listen everywhere and not by which name.
        (OPEN, "gateway:8080", True),
        (OPEN, "user@gateway", False),
    ],
)
def test_hosts(hosts: Hosts, host: str, *, fine: bool) -> None:
    if fine:
        hosts.check(host)
    else:
        with pytest.raises(Problem) as refused:
            hosts.check(host)
        assert refused.value.status_code == 421


@pytest.mark.parametrize(
    ("hosts", "origin", "fine"),
    [
        # A program, its own pages, pages of the list, the public name.
        (LOCAL, None, True),
        (LOCAL, "http://127.0.0.1:8080", True),
        (PUBLIC, "https://app.example.org", True),
        (PUBLIC, "https://docs.example.org", True),
        (Hosts(listens_on="::", public_url="", origins=["*"]), "https://anything.example", True),
        # Pages of elsewhere; of this machine, but of another program; of a file.
        (LOCAL, "https://evil.example", False),
        (LOCAL, "http://127.0.0.1:3000", False),
        (LOCAL, "null", False),
        (PUBLIC, "https://app.example.org.evil.example", False),
    ],
)
def test_origins(hosts: Hosts, origin: str | None, *, fine: bool) -> None:
    if fine:
        hosts.check_origin(origin, "127.0.0.1:8080")
    else:
        with pytest.raises(Problem) as refused:
            hosts.check_origin(origin, "127.0.0.1:8080")
        assert refused.value.status_code == 403


@given(st.text(max_size=60))
def test_no_host_breaks_the_check(host: str) -> None:
    try:
        LOCAL.check(host)
    except Problem:
        return
    assert host.lower().strip("[]").startswith(("localhost", "127.0.0.1", "::1"))
