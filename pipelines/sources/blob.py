"""A file's content: git's name for it, and what is too large or not text."""

from __future__ import annotations

import hashlib

MAX_BYTES = 1_048_576
"""Files above this are skipped."""
_HEAD_BYTES = 8192


def blob_sha(content: bytes) -> str:
    """Git's blob SHA-1 of the content, 40 hex digits."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def is_binary(content: bytes) -> bool:
    """Whether a NUL byte stands in the first 8 KiB, which is how git tells, too."""
    return b"\0" in content[:_HEAD_BYTES]


def too_large(size: int) -> str:
    """Why a file of `size` bytes is skipped; empty when it isn't."""
    return f"{size:,} bytes, more than the limit of 1 MiB" if size > MAX_BYTES else ""
