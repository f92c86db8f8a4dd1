"""A git repository in memory: real object names, so that what a client computes can be compared."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link in a repository."""

    target: str


@dataclass(frozen=True, slots=True)
class Submodule:
    commit: str = "5" * 40


Content = str | bytes | Link | Submodule


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a tree."""

    path: str
    mode: str
    kind: str
    sha: str
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    date: datetime
    files: Mapping[str, Content]


@dataclass(slots=True)
class Repository:
    """Commits on top of each other, a day apart; each holds all of its files."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    """Branches and tags by name, without `refs/heads/`."""

    def commit(self, ref: str, changes: Mapping[str, Content | None]) -> str:
        """Moves `ref` to a new commit: `changes` on top of its last one; None removes a file."""
        parent = self.refs.get(ref, "")
        files: dict[str, Content] = dict(self.commits[parent].files) if parent else {}
        for path, content in changes.items():
            if content is None:
                del files[path]
            else:
                files[path] = content
        date = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=len(self.commits))
        tree = self._tree(files)
        parents = f"parent {parent}\n" if parent else ""
        who = f"A <a@example.com> {int(date.timestamp())} +0000"
        sha = _sha("commit", f"tree {tree}\n{parents}author {who}\ncommitter {who}\n\nchange\n".encode())
        self.commits[sha] = Commit(sha, tree, date, files)
        self.refs[ref] = sha
        return sha

    def resolve(self, ref: str) -> Commit | None:
        """By branch, tag, SHA, or the beginning of one."""
        if ref in self.refs:
            return self.commits[self.refs[ref]]
        if len(ref) < 7:
            return None
        return next((commit for sha, commit in self.commits.items() if sha.startswith(ref)), None)

    def below(self, tree: str, prefix: str = "") -> Iterator[Item]:
        """All items of a tree and of those in it, as `git ls-tree -r -t` orders them."""
        for item in self.trees[tree]:
            path = f"{prefix}{item.path}"
            yield Item(path, item.mode, item.kind, item.sha, item.size)
            if item.kind == "tree":
                yield from self.below(item.sha, f"{path}/")

    def tarball(
        self, commit: Commit, top: str, left_out: frozenset[str], other: Mapping[str, bytes]
    ) -> bytes:
        """As `git archive` makes it, packed by gzip, with `top` as the first folder of every name.

        `left_out` are paths, `other` contents that stand in the place of blobs.
        """
        packed = io.BytesIO()
        with tarfile.open(
            fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit.sha}
        ) as tar:
            for item in self.below(commit.tree):
                if item.path in left_out:
                    continue
                member = tarfile.TarInfo(f"{top}/{item.path}")
                data = other.get(item.sha, self.blobs.get(item.sha, b""))
                if item.kind != "blob":
                    member.type = tarfile.DIRTYPE
                elif item.mode == "120000":
                    member.type, member.linkname = tarfile.SYMTYPE, data.decode()
                else:
                    member.size = len(data)
                tar.addfile(member, io.BytesIO(data) if member.isreg() else None)
        return packed.getvalue()

    def _tree(self, files: Mapping[str, Content]) -> str:
        here: dict[str, Item] = {}
        folders: dict[str, dict[str, Content]] = {}
        for path, content in files.items():
            name, _, rest = path.partition("/")
            if rest:
                folders.setdefault(name, {})[rest] = content
            else:
                here[name] = self._item(name, content)
        for name, inside in folders.items():
            here[name] = Item(name, "040000", "tree", self._tree(inside), 0)
        # Git sorts a folder as if its name ended with a slash.
        items = sorted(here.values(), key=lambda item: f"{item.path}{'/' * (item.kind == 'tree')}".encode())
        lines = (
            f"{item.mode.lstrip('0')} {item.path}\0".encode() + bytes.fromhex(item.sha) for item in items
        )
        sha = _sha("tree", b"".join(lines))
        self.trees[sha] = tuple(items)
        return sha

    def _item(self, name: str, content: Content) -> Item:
        if isinstance(content, Submodule):
            return Item(name, "160000", "commit", content.commit, 0)
        mode, content = ("120000", content.target) if isinstance(content, Link) else ("100644", content)
        data = content.encode() if isinstance(content, str) else content
        sha = _sha("blob", data)
        self.blobs[sha] = data
        return Item(name, mode, "blob", sha, len(data))


def _sha(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
