"""No secret leaves by the log: those of the settings, and whatever looks like one."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.redaction import HIDDEN, Redactor

LETTERS = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
SHAPES = {
    # Slack: a bot's, a user's, an app's, one that is rotated.
    "slack bot": "xoxb-1234567890-1234567890-" + LETTERS,
    "slack rotated": "xoxe.xoxb-1-Mi0yLTEyMzQ1Njc4OTA",
    "slack app": "xapp-1-A012ABC-1234567890-" + LETTERS.lower(),
    "openai": "sk-proj-" + LETTERS + "_-" + LETTERS,
    "anthropic": "sk-ant-api03-" + LETTERS,
    "github": "ghp_" + LETTERS,
    "github app": "ghs_" + LETTERS,
    "github fine": "github_pat_11ABC_" + LETTERS,
    "hatchet": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJhdWQiOiJodHRwOi8vbG9jYWxob3N0In0.MEUCIQD-x_y",
    "a cut token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ",
    "discord": "MTEyMjMzNDQ1NTY2Nzc4ODk5.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789_-",
    "docsbot": "dk_" + LETTERS,
    "aws": "AKIAIOSFODNN7EXAMPLE",
}


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
@given(before=st.text(" \n:='\"([{<,;", max_size=3), after=st.text(" \n'\")]}>,;", min_size=1, max_size=3))
def test_what_looks_like_a_secret_is_hidden(secret: str, before: str, after: str) -> None:
    shown = Redactor().redact(f"{before}{secret}{after}end")
    assert secret not in shown
    assert HIDDEN in shown
    assert shown.endswith("end")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        # Addresses: a query's values, a user's password, a path that is a capability.
        ("GET https://x/y?token=abcd1234&z=1 200", "abcd1234"),
        ("wss://wss-primary.slack.com/link/?ticket=0a1b2c-d3&app_id=7", "0a1b2c-d3"),
        ("https://x/?a=1&client_secret=s3cr3t!", "s3cr3t!"),
        ("https://s3/x?X-Amz-Signature=abcdef012345", "abcdef012345"),
        ("postgresql://docsbot:hunter22@postgres:5432/docsbot", "hunter22"),
        ("postgresql://docsbot:p%40ss%2Fword@postgres/docsbot", "p%40ss%2Fword"),
        ("https://hooks.slack.com/services/T012/B345/Zz0123456789", "Zz0123456789"),
        ("POST /api/v10/webhooks/112233445566/aBcD-efGh_1234 204", "aBcD-efGh_1234"),
        ("POST /api/v10/interactions/112233445566/aBcD-efGh_1234/callback", "aBcD-efGh_1234"),
        # Headers, as libraries print them.
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("{'Authorization': 'Bearer abcdef'}", "abcdef"),
        ("headers={'authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("{b'authorization': b'Bot abcdefgh'}", "abcdefgh"),
        ("[(b'authorization', b'Bearer abcdefgh')]", "abcdefgh"),
        ('"x-api-key": "k-123456"', "k-123456"),
        ("set-cookie: session=abcdefgh; Path=/", "abcdefgh"),
        ("password=hunter2x", "hunter2x"),
        ('{"password": "hunter2x"}', "hunter2x"),
        ("API_KEY='abcd-efgh'", "abcd-efgh"),
    ],
)
def test_what_stands_where_secrets_stand_is_hidden(text: str, secret: str) -> None:
    assert secret not in Redactor().redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "a question was answered after 159 ms",
        "https://github.com/acme/docs/blob/0123456789abcdef0123456789abcdef01234567/docs/tokens.md#secret-keys",
        "How do I rotate an API key? The bearer of a token is trusted.",
        'HTTP Request: POST http://chroma:8000/api/v2/collections/1c7f0c5e-0000/get "HTTP/1.1 200 OK"',
        "No Chroma server answers at chroma:8000. Check CHROMA_HOST and CHROMA_PORT, and that it runs.",
        "2026-11-24 11:17:59,381 INFO bot.adapters.observing: bot 1 of 2 is up: 12:30",
        "sk-learn, ghost, xoxo, dk, eyes; task-1234567890; risk-free; disk-12345678",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert Redactor(["test", "none", ""]).redact(text) == text


secrets = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=6, max_size=40)


@given(st.lists(secrets, min_size=1, max_size=4), st.data())
def test_the_settings_own_secrets_are_hidden_wherever_they_stand(
    known: list[str], data: st.DataObject
) -> None:
    secret = data.draw(st.sampled_from(known))
    around = st.text().filter(lambda text: not any(one in text for one in known))
    before, after = data.draw(around), data.draw(around)
    shown = Redactor(known).redact(f"{before} {secret} {after} {quote(secret, '')}")
    assert HIDDEN in shown
    assert secret not in shown or secret in HIDDEN


@given(st.text())
def test_hiding_twice_hides_no_more(text: str) -> None:
    redactor = Redactor()
    assert redactor.redact(redactor.redact(text)) == redactor.redact(text)


def test_a_long_line_is_read_in_time_that_grows_with_it() -> None:
    """No pattern goes back over what it has read: else this would take hours."""
    for piece in ("xoxb-", "://a:", "?token", "eyJaaaaaa.", "authorization ", "M" * 30, "/webhooks/11111/"):
        Redactor(["secret-one"]).redact(piece * 20_000)
