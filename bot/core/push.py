"""A push to a repository, as its host tells of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What was pushed where."""

    repository: str
    """`owner/repo`, in whatever case."""
    ref: str
    """The branch or tag, without `refs/heads/`."""
    default: bool
    """It is the repository's default branch."""
    paths: frozenset[str] | None
    """Files that were added, changed or removed, from the repository's root; None where that is not known."""
