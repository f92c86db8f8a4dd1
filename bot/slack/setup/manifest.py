"""The Slack app's manifest: what it may do, is told of, and where. Pure; the one place that says it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.slack.transport.path import PATH

SHORTCUT = "answer_from_docs"
"""Callback id of the shortcut in a message's menu."""
SCOPES = {
    "app_mentions:read": "questions that mention it",
    "assistant:write": "suggested prompts in direct messages, and the status while it searches",
    "channels:history": "follow-ups, edits and deletions in public channels that it is in",
    "chat:write": "its answers",
    "commands": "its commands and the shortcut",
    "groups:history": "the same in private channels",
    "im:history": "direct messages to it",
    "im:write": "to bring a person's answer to who asked privately",
    "mpim:history": "the same in group messages",
    "usergroups:read": "who is in a group that SLACK_MAINTAINERS names",
}
"""Scope of the bot → what for."""
EVENTS = {
    "agent_session_stopped": "the Stop button",
    "app_home_opened": "the Home tab, and the prompts of direct messages",
    "app_mention": "questions that mention it",
    "message.channels": "follow-ups without a mention, edits, deletions",
    "message.groups": "the same in private channels",
    "message.im": "direct messages",
    "message.mpim": "the same in group messages",
}
"""Event of the bot → what for."""
COMMANDS = (
    ("/ask", "Ask the documentation; only you see the answer", "How do I rotate a key?"),
    ("/docsbot", "What is indexed, and this channel's settings (maintainers)", "status | config"),
    ("/reindex", "Read the documentation again (maintainers)", "[source]"),
)
"""Command, description, usage."""
_HEAD = """\
# The Slack app, {mode}.
# Paste it at https://api.slack.com/apps → Create New App → From a manifest.
# Made by `docsbot manifest {options}`.
_metadata:
  major_version: 2
display_information:
  name: docsbot
  description: Answers questions from your project's own documentation, with its sources.
  long_description: >-
    Mention docsbot in a channel, write to it, or use /ask: it searches your project's own documentation
    and answers in the thread, with citations that open at the right section. When the documentation has
    no answer, it says so and names the nearest pages. Maintainers keep the index fresh with /reindex and
    watch the crawl in the channel.
  background_color: "#1f2937"
features:
  agent_view:
    agent_description: Answers questions from your project's own documentation, with its sources.
    suggested_prompts:
      - title: How do I get started?
        message: How do I get started?
      - title: What can I configure?
        message: What can I configure?
  app_home:
    home_tab_enabled: true
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: docsbot
    always_online: true
  shortcuts:
    - name: Answer from the docs
      type: message
      callback_id: {shortcut}
      description: Answers this message in its thread, from the documentation
"""
_TAIL = """\
  org_deploy_enabled: false
  socket_mode_enabled: {socket}
  token_rotation_enabled: false
"""


class AddressInvalid(ValueError):
    """Slack could not call that address; the text says why."""


def render_manifest(url: str = "") -> str:
    """The manifest as YAML: for Socket Mode, or for HTTP with the bot at `url`. Raises AddressInvalid."""
    called = request_url(url) if url else ""
    mode = "called over HTTP" if called else "in Socket Mode"
    options = f"--http {called.removesuffix(PATH)}" if called else "--socket"
    return "".join(
        (
            _HEAD.format(mode=mode, options=options, shortcut=SHORTCUT),
            *_commands(called),
            "oauth_config:\n  scopes:\n    bot:\n",
            *_listed(SCOPES),
            "settings:\n  event_subscriptions:\n",
            f"    request_url: {json.dumps(called)}\n" if called else "",
            "    bot_events:\n",
            *_listed(EVENTS),
            "  interactivity:\n    is_enabled: true\n",
            f"    request_url: {json.dumps(called)}\n" if called else "",
            _TAIL.format(socket=json.dumps(not called)),
        )
    )


def request_url(url: str) -> str:
    """The address that Slack calls, of a bot that others reach at `url`. Raises AddressInvalid."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressInvalid(f"{url!r} is no address") from error
    local = host in {"localhost", "127.0.0.1", "::1"}
    if not host or parts.scheme not in ({"https", "http"} if local else {"https"}):
        raise AddressInvalid("Slack calls https addresses only, such as https://docs-bot.example.org")
    if parts.query or parts.fragment or parts.username is not None:
        raise AddressInvalid("the address must have no query, fragment or name in it")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise AddressInvalid("the address must be in ASCII, without blanks")
    base = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    return base if base.endswith(PATH) else f"{base}{PATH}"


def _commands(called: str) -> Iterator[str]:
    yield "  slash_commands:\n"
    for command, description, usage in COMMANDS:
        yield f"    - command: {command}\n"
        if called:
            yield f"      url: {json.dumps(called)}\n"
        yield f"      description: {description}\n"
        yield f"      usage_hint: {json.dumps(usage)}\n"
        yield "      should_escape: false\n"


def _listed(names: dict[str, str]) -> Iterator[str]:
    wide = max(map(len, names))
    for name, purpose in names.items():
        yield f"      - {name:<{wide}}  # {purpose}\n"
