"""Blocks → units that fit: a block that is too large is cut where its reader would cut it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, count
from re import Pattern

from pipelines.chunk.cutting import CODE, PROSE, ROWS, gather, merge, shred
from pipelines.chunk.lists import Segment, split_items
from pipelines.chunk.packing import Piece
from pipelines.chunk.sizes import Sizer
from pipelines.parse.models import Block

BETWEEN = "\n\n"
"""What stands between the blocks of a section."""


def split_section(blocks: Sequence[Block], size: Sizer) -> Iterator[Piece]:
    """Units of at most the limit; joined as `glue + text` they are the blocks with blank lines between."""
    yield from settle(split_blocks(blocks, size))


def split_blocks(blocks: Sequence[Block], size: Sizer) -> Iterator[Piece]:
    numbers = count(1)
    position = 0
    glues = ["", *[BETWEEN] * (len(blocks) - 1)]
    for run in gather(zip(glues, (block.text for block in blocks), strict=True)):
        glue, text = merge(run)
        measured = size(text)
        kinds = {block.kind for block in blocks[position : position + len(run)]}
        if measured <= size.limit and (len(run) == 1 or kinds <= {"prose", "list"}):
            yield Piece(glue=glue, text=text, size=measured)
        else:
            for index, (between, _) in enumerate(run, position):
                yield from split_block(between, blocks[index], size, numbers)
        position += len(run)


def split_block(glue: str, block: Block, size: Sizer, numbers: Iterator[int]) -> Iterator[Piece]:
    measured = size(block.text)
    if measured <= size.limit:
        yield Piece(glue=glue, text=block.text, size=measured)
    elif block.kind == "code":
        yield from split_fence(glue, block.text, size, next(numbers))
    elif block.kind == "table":
        yield from split_table(glue, block.text, size, next(numbers))
    elif block.kind == "list":
        yield from split_list(glue, block.text, size, numbers)
    else:
        yield from shred(glue, block.text, size, size.limit, PROSE)


def split_fence(glue: str, text: str, size: Sizer, number: int) -> Iterator[Piece]:
    """Cut at blank lines, else at lines; each part gets the fence's own lines around it."""
    opening, _, rest = text.partition("\n")
    body, newline, closing = rest.rpartition("\n")
    if not newline:
        yield from shred(glue, text, size, size.limit, CODE)
        return
    yield from frame(glue, f"{opening}\n", body, f"\n{closing}", size, number, CODE)


def split_table(glue: str, text: str, size: Sizer, number: int) -> Iterator[Piece]:
    """Cut between rows; each part gets the head."""
    names, _, rest = text.partition("\n")
    rule, newline, body = rest.partition("\n")
    if not newline:
        yield from shred(glue, text, size, size.limit, ROWS)
        return
    yield from frame(glue, f"{names}\n{rule}\n", body, "", size, number, ROWS)


def frame(
    glue: str, lead: str, body: str, tail: str, size: Sizer, number: int, patterns: Sequence[Pattern[str]]
) -> Iterator[Piece]:
    """The body cut, the frame written on its first and last part and lent to the others. A frame that would
    take half of each part is lent to none."""
    around = size(lead) + size(tail)
    if around > size.limit // 2 or not body.strip():
        yield from shred(glue, f"{lead}{body}{tail}", size, size.limit, patterns)
        return
    parts = list(settle(shred("", body, size, size.limit - around, patterns)))
    last = len(parts) - 1
    for index, part in enumerate(parts):
        before, after = (lead, "") if index == 0 else ("", lead), ("", tail) if index < last else (tail, "")
        yield replace(
            part,
            glue=glue if index == 0 else part.glue,
            text=f"{before[0]}{part.glue if index == 0 else ''}{part.text}{after[0]}",
            size=part.size + (size(before[0]) if before[0] else 0) + (size(after[0]) if after[0] else 0),
            lead=before[1],
            tail=after[1],
            frame=(size(before[1]) if before[1] else 0) + (size(after[1]) if after[1] else 0),
            whole=number,
        )


def split_list(glue: str, text: str, size: Sizer, numbers: Iterator[int]) -> Iterator[Piece]:
    """Cut between items, an item that is too large between its blocks."""
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    for segment in split_items(text, starts, size):
        between = glue + segment.glue
        glue = ""
        yield from split_segment(between, segment, size, numbers)


def split_segment(glue: str, segment: Segment, size: Sizer, numbers: Iterator[int]) -> Iterator[Piece]:
    if segment.kind == "code" and size(segment.text) > size.limit:
        yield from split_fence(glue, segment.text, size, next(numbers))
    elif segment.kind == "table" and size(segment.text) > size.limit:
        yield from split_table(glue, segment.text, size, next(numbers))
    else:
        yield from shred(glue, segment.text, size, size.limit, PROSE)


def settle(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """No piece of white space alone: it becomes the glue of the next one, or the end of the last one."""
    held: Piece | None = None
    blank = ""
    for piece in pieces:
        if not piece.text.strip():
            blank += piece.glue + piece.text
            continue
        if held:
            yield held
        held = replace(piece, glue=blank + piece.glue) if blank else piece
        blank = ""
    if held:
        yield replace(held, text=held.text + blank) if blank else held
