"""Makes Markdown that others wrote harmless to a chat platform, piece by piece as it is written.

What a platform would read as a mention or a command of its own is broken by an invisible character, links say
where they lead, images become links, control and bidirectional characters go. What is let through, joined, is
the same however the text was cut.
"""

from __future__ import annotations

import re

from bot.core import code
from bot.core.code import Undecided
from bot.text.links import LONGEST, Link, is_honest, read_bare, read_link, read_target
from bot.text.rules import BREAK, FENCE, Rules, break_ticks, clean_marked, guard_code

_ESCAPED = frozenset("!\"#$%'()*+,-./:;=?[\\]^_`{}~")
"""What a backslash takes its meaning from; what a platform reads for itself is looked at all the same."""
_INFO = re.compile(r"[ \t]*\{?\.?([\w+#.-]*)")


class SafeStream:
    """`feed` and `finish` return what may be shown."""

    def __init__(self, rules: Rules, *, linked: bool = False) -> None:
        """`linked`: the text is a link's own, in which no other link can be."""
        self._rules = rules
        self._linked = linked
        self._held = ""
        self._line = ""
        """What came in on this line, before what is held."""
        self._indent = 0
        self._fence: code.Fence | None = None
        self._out: list[str] = []
        self._last = ""
        """The character that was let through last."""
        self._joint = False
        """Something was taken out here: what stands on its two sides must not meet."""

    def feed(self, delta: str) -> str:
        delta = clean_marked(delta)
        place = 0
        # Character by character where it matters: what is decided cannot depend on how the text was cut.
        while place < len(delta):
            run = (
                None
                if self._held or self._fence or self._begins_block()
                else self._rules.plain.match(delta, place)
            )
            if run:
                self._line += run.group()
                self._emit(run.group())
                place = run.end()
                continue
            self._held += delta[place]
            place += 1
            while self._held and self._advance(final=False):
                pass
        return self._take_out()

    def finish(self) -> str:
        while self._held:
            self._advance(final=True)
        return self._take_out()

    def _begins_block(self) -> bool:
        """Whether the next character may begin a block that is written differently."""
        return False

    def _block(self, *, final: bool) -> bool | Undecided:
        """Takes a block that is written differently; False where what is held begins none."""
        return False

    def _advance(self, *, final: bool) -> bool:
        """Decides on the beginning of what is held; False when more must come first."""
        if self._fence is not None:
            return self._advance_code(self._fence, final=final)
        block = self._block(final=final)
        if block == "more":
            return False
        if block or not self._held:
            return True
        first = self._held[0]
        if first in "`~":
            return self._advance_ticks(final=final)
        if first in "![]\\" and (len(self._held) > 1 or not final):
            return len(self._held) > 1 and self._advance_mark(first, self._held[1], final=final)
        if first in "hH" and self._rules.wraps_addresses and not self._linked:
            return self._advance_address(final=final)
        return self._guard(in_code=False, final=final)

    def _advance_mark(self, first: str, second: str, *, final: bool) -> bool:
        """A bracket, an image's exclamation mark, a backslash."""
        if first == "\\":
            return self._take(2 if second in _ESCAPED else 1)
        if first == "]":
            # Only links that are written here are links: no others, and no definitions of them.
            return self._take(1, f"]{BREAK}" if second in "(:" else "]")
        if first == "!" and second != "[":
            return self._take(1)
        image = first == "!"
        link = read_link(self._held[image:], final=final) if image or not self._linked else None
        if link == "more":
            return False
        if link is None:
            return self._take(1)
        return self._write_link(link, link.end + image, image=image)

    def _write_link(self, link: Link, length: int, *, image: bool) -> bool:
        face = safe(" ".join(link.face.split()), self._rules, linked=True)
        target = read_target(link.address)
        if target is None or self._linked:
            return self._take_apart(length, face)
        if not face:
            return self._take(length, self._rules.address(target))
        if is_honest(link.face, target):
            return self._take(length, self._rules.link(face, target))
        return self._take_apart(length, f"{face} ({self._rules.address(target)})")

    def _take_apart(self, length: int, text: str) -> bool:
        """Writes what was taken out of its markup, which must not make something new with its neighbours."""
        self._joint = True
        self._take(length, text)
        self._joint = True
        return True

    def _advance_address(self, *, final: bool) -> bool:
        bare = None if self._line[-1:].isalnum() else read_bare(self._held, final=final)
        if bare == "more":
            return False
        if bare is None:
            return self._take(1)
        return self._take(bare.end, self._rules.address(bare.address))

    def _advance_ticks(self, *, final: bool) -> bool:
        rest = self._held
        fence = code.opens_fence(self._line, rest, self._indent, final=final)
        if fence == "more":
            return len(rest) > LONGEST and self._take(1)
        if fence is not None:
            line, newline, _ = rest.partition("\n")
            info = _INFO.match(line, len(fence.mark))
            self._take(len(line + newline), f"{FENCE}{info[1] if info else ''}{newline}")
            self._fence = fence
            return True
        end = code.span_end(self._line, rest, final=final) if rest[0] == "`" else None
        if end == "more":
            return False
        if end is None:
            return self._take(len(rest) - len(rest.lstrip(rest[0])))
        return self._take(end, guard_code(rest[:end], self._rules))

    def _advance_code(self, fence: code.Fence, *, final: bool) -> bool:
        rest = self._held
        if rest[0] == "\n":
            closed = fence.closed_by(self._line, self._indent)
            self._take(1)
            self._fence = None if closed else fence
            return True
        if not self._line:
            line, newline, _ = rest.partition("\n")
            bare = line.lstrip(" \t>")
            if not (newline or final) and len(line) <= LONGEST and not bare.strip(f"{fence.mark[0]} \t"):
                return False
            if (newline or final) and fence.closed_by(line, self._indent):
                return self._take(len(line), f"{line[: len(line) - len(bare)]}{FENCE}")
        ticks = len(rest) - len(rest.lstrip("`"))
        if ticks:
            if ticks == len(rest) and not final and ticks < LONGEST:
                return False
            return self._take(ticks, break_ticks(rest[:ticks]))
        return self._guard(in_code=True, final=final)

    def _guard(self, *, in_code: bool, final: bool) -> bool:
        guarded = self._rules.guard(self._held, in_code=in_code, final=final)
        if guarded == "more":
            return False
        return self._take(1) if guarded is None else self._take(guarded.length, guarded.text)

    def _take(self, length: int, text: str | None = None) -> bool:
        """Takes what is held up to a length, and lets a text through for it."""
        taken, self._held = self._held[:length], self._held[length:]
        head, newline, tail = taken.rpartition("\n")
        if newline:
            if self._fence is None:
                self._indent = code.item_indent(self._line + head.partition("\n")[0], self._indent)
            self._line = ""
        self._line += tail
        self._emit(taken if text is None else text)
        return True

    def _emit(self, text: str) -> None:
        if not text:
            return
        if self._joint and self._last.strip() and text[0].strip():
            self._out.append(BREAK)
        self._joint = False
        self._out.append(text)
        self._last = text[-1]

    def _take_out(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text


def safe(markdown: str, rules: Rules, *, linked: bool = False) -> str:
    """The whole text at once."""
    stream = SafeStream(rules, linked=linked)
    return stream.feed(markdown) + stream.finish()
