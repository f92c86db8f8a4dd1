"""Units → pieces: small neighbours are joined up to the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.chunk.sizes import SMALL, Sizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a section's text. `glue + text` of all, joined, is the text."""

    glue: str
    text: str
    size: int
    """Word pieces of the text, without lead and tail."""
    lead: str = ""
    tail: str = ""
    frame: int = 0
    """Word pieces of lead and tail together."""
    whole: int = 0
    """Number of the fence or table that it was cut from; 0: of none."""


def pack(units: Iterable[Piece], size: Sizer) -> Iterator[Piece]:
    """Joins greedily, in order."""
    held: Piece | None = None
    for unit in units:
        joined = join(held, unit, size) if held else unit
        if joined and (held is None or fits(held, unit, joined, size)):
            held = joined
        else:
            if held:
                yield held
            held = unit
    if held:
        yield held


def fits(first: Piece, second: Piece, joined: Piece, size: Sizer) -> bool:
    total = joined.size + joined.frame
    return total <= size.target or (min(first.size, second.size) < SMALL and total <= size.limit)


def join(first: Piece, second: Piece, size: Sizer) -> Piece | None:
    """Both as one, None where what each needs around it does not meet: a cut fence goes with its own next
    part, its beginning with what is before it, its end with what is behind."""
    same = first.whole == second.whole and first.whole > 0
    if not same and (first.tail or second.lead):
        return None
    text = f"{first.text}{second.glue}{second.text}"
    return Piece(
        glue=first.glue,
        text=text,
        # Inside one word the sizes do not add up.
        size=first.size + size.between(second.glue) + second.size if second.glue else size(text),
        lead=first.lead,
        tail=second.tail,
        frame=max(first.frame, second.frame) if same else first.frame + second.frame,
        whole=second.whole,
    )
