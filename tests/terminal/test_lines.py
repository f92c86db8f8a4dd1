"""Lines from a pipe."""

from __future__ import annotations

import asyncio
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.lines import LONGEST_LINE, read_lines


async def collect(raw: io.RawIOBase | io.BytesIO) -> list[str]:
    return [line async for line in read_lines(raw)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        # The last line may lack its break; an empty line is a line.
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\nb", ["a", "b"]),
        # Only a newline ends a line: JSON may hold the others.
        ("a\u2028b\x0bc\x85d\n".encode(), ["a\u2028b\x0bc\x85d"]),
        (b"\xff\n", ["�"]),
    ],
)
async def test_lines(data: bytes, lines: list[str]) -> None:
    assert await collect(io.BytesIO(data)) == lines


class Trickle(io.BytesIO):
    """A pipe that gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=9), max_size=6
    )
)
def test_blocks_do_not_show(lines: list[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    assert asyncio.run(collect(Trickle(data))) == lines


async def test_a_line_without_end_is_cut() -> None:
    lines = await collect(io.BytesIO(b"x" * (LONGEST_LINE + 70_000)))
    assert sum(map(len, lines)) == LONGEST_LINE + 70_000
    assert len(lines) == 2


async def test_nothing_is_read_before_it_is_wanted_and_the_loop_goes_on() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as raw, os.fdopen(writer, "wb", buffering=0) as pipe:
        lines = read_lines(raw)
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        pipe.write(b"late\nmore")
        assert await waiting == "late"
        pipe.close()
        assert [line async for line in lines] == ["more"]


async def test_a_read_that_fails_ends_the_lines() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("gone")

    assert await collect(Broken()) == []
