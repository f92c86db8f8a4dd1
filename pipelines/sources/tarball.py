"""Many files in one call: GitHub's tarball of a commit, read member by member, never unpacked to disk."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from pipelines.sources.blob import MAX_BYTES, blob_sha
from pipelines.sources.models import Entry

MAX_TOTAL = 512 * 1_048_576
"""Bytes of a tarball, packed and unpacked, that are read; what lies behind is left to other calls."""


def read_members(
    file: BinaryIO, entries: Sequence[Entry], *, limit: int = MAX_TOTAL
) -> Iterator[tuple[Entry, bytes]]:
    """The entries whose content is in the first `limit` bytes of the unpacked tarball, as it was listed.

    A damaged tarball simply ends; a member that is missing or differs (`export-ignore` and `export-subst` in
    `.gitattributes` do that) is left out.
    """
    wanted = {entry.path: entry for entry in entries}
    try:
        with tarfile.open(fileobj=file, mode="r:*") as tar:
            while wanted and (member := tar.next()) is not None:
                # Before the next header can be read, all of this member has to be unpacked.
                if member.offset_data + member.size > limit:
                    return
                # The first part of a name is owner-repo-sha.
                entry = wanted.get(member.name.partition("/")[2])
                if entry is None or not member.isreg() or member.size > MAX_BYTES:
                    continue
                content = _read(tar, member)
                if blob_sha(content) == entry.blob:
                    del wanted[entry.path]
                    yield entry, content
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError):
        return


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    return b"" if stream is None else stream.read()
