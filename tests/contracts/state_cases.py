"""Messages, claims and votes for the state's contract."""

from __future__ import annotations

from datetime import timedelta

from bot.core.state import AnswerLedger, Claimed, Escalation, MessageKey, Platform, ThreadKey, Vote

PAST = timedelta(seconds=-1)
"""A lease that has run out when it is given."""
LONG = timedelta(minutes=5)

TEXTS = {
    # Outside the Latin alphabet, right to left, beyond 16 bits, combined.
    "unicode": "Wie läuft’s? سؤال 質問 🧪 e\u0301",
    # As long as a message of a platform may be.
    "long": "long words " * 3_640,
    # What other databases and formats would read as their own.
    "quoted": 'it\'s "50%" \\ :name %s {x} $1 ?; DROP TABLE docsbot_claims;--\r\n\t',
    "empty": "",
}
STORED = {
    # Postgres refuses it.
    "nul\0 inside\0": "nul inside",
    # Half of a pair, as broken JSON spells it; no encoding takes it.
    "half \ud83d pair": "half \ufffd pair",
}


def key(message: str = "1", *, channel: str = "C", platform: Platform = "slack") -> MessageKey:
    return MessageKey(platform=platform, team="T", channel=channel, message=message)


def thread(name: str = "root", *, channel: str = "C", platform: Platform = "slack") -> ThreadKey:
    return ThreadKey(platform=platform, team="T", channel=channel, thread=name)


async def claim(
    ledger: AnswerLedger,
    of: MessageKey,
    *,
    owner: str = "a",
    user: str = "U",
    question: str = "why?",
    lease: timedelta = LONG,
) -> Claimed:
    """A claim that is surely made."""
    claimed = await ledger.claim(
        of, owner=owner, thread="root", user=user, question=question, origin="mention", lease=lease
    )
    assert claimed is not None
    return claimed


async def answered(ledger: AnswerLedger, of: MessageKey, *, question: str = "why?", user: str = "U") -> None:
    """A claim that was made, shown and finished."""
    await claim(ledger, of, question=question, user=user)
    await ledger.note_reply(of, owner="a", reply=f"reply to {of.message}")
    await ledger.keep_answer(of, owner="a", answer="be")
    assert await ledger.finish(of, owner="a", outcome="answered", answer="because")


def vote(of: MessageKey, *, user: str = "V", up: bool = True, comment: str = "") -> Vote:
    return Vote(
        key=of, user=user, up=up, question="why?", answer="so", sources=("https://x/#a",), comment=comment
    )


def escalation(of: MessageKey, *, user: str = "U", desk_message: str = "d1") -> Escalation:
    return Escalation(
        key=of, thread="root", user=user, question="why?", desk_channel="D", desk_message=desk_message
    )
