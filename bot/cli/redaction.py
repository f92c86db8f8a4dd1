"""Takes secrets out of what is logged: those of the settings, and whatever looks like one of a known kind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"
_SHORTEST = 6
"""Characters; a key like `none` or `test` for a server that wants none is a word and no secret."""

_KINDS = re.compile(
    r"""
      \b xox[a-z](?:\.xox[a-z])?-[\w.%-]{6,}                             # Slack
    | \b xapp-[\w-]{6,}
    | \b sk-[\w-]{8,}                                                    # OpenAI and kin
    | \b gh[a-z]_\w{8,} | \b github_pat_\w{8,}                           # GitHub
    | \b dk_[\w-]{8,}                                                    # docsbot's own keys
    | \b eyJ[\w-]{6,} (?:\.[\w-]*){0,4}                                  # JSON web tokens, Hatchet's
    | \b [MNO][\w-]{22,30}\.[\w-]{5,8}\.[\w-]{25,}                       # Discord
    | \b (?:AKIA|ASIA)[A-Z0-9]{12,}                                      # AWS
    | (?<=://) [^\s/@:"'<>]{0,200} : [^\s/@"'<>]{1,400} (?=@)            # user and password of an address
    | (?<=hooks\.slack\.com/) [\w/-]{6,}                                 # who has the address may post
    | (?<=/webhooks/) \d{5,}/[\w-]{8,} | (?<=/interactions/) \d{5,}/[\w-]{8,}
    """,
    re.VERBOSE,
)
_NAMED = re.compile(
    r"""
    (   [?&] (?:access_|refresh_|id_|bot_|app_)? (?:token|key|secret|password|ticket|sig|signature|code) =
      | [?&] (?:api[_-]?key|client_secret|x-amz-[a-z-]+) =
      | \b bearer \s+ (?=[\w.~+/-]*\d)                                   # a word of prose has no digit
      | \b authorization ["']? \s*[:=,]\s* (?:b(?=["']))? ["']? (?:(?:basic|bearer|bot|token)\s+)?
      | \b (?:password|passwd|secret|api[_-]?key|x-api-key|(?:set-)?cookie) ["']?
        \s*[:=]\s* (?:b(?=["']))? ["']?
    )
    [^\s&"'<>,;)}\]]{4,}
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Redactor:
    """Hides these secrets, however they are written, and what looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {
            form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, ""))
        }
        # The longest first: one may be a part of another.
        ordered = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def redact(self, text: str) -> str:
        """The text with `***` for each secret."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = _NAMED.sub(rf"\g<1>{HIDDEN}", text)
        return _KINDS.sub(HIDDEN, text)
