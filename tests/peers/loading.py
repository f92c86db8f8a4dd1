"""A folder of documents as langchain-community's GitHub loader gives a repository's files."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.documents import Document


def load_folder(folder: Path, suffixes: Sequence[str]) -> list[Document]:
    """What the loader gives for a repository with these files: a document a file, empty ones left out.

    Only its two calls to GitHub are replaced, by a look at the folder.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package announces at import that it is archived
        from langchain_community.document_loaders.github import GithubFileLoader

    class FolderLoader(GithubFileLoader):
        def get_file_paths(self) -> list[dict[str, str]]:
            return [entry for entry in _entries(folder) if entry["path"].endswith(tuple(suffixes))]

        def get_file_content_by_path(self, path: str) -> str:
            return (folder / path).read_bytes().decode("utf-8")

    loader = FolderLoader(repo=folder.name, access_token="none", file_filter=None)
    return list(loader.lazy_load())


def _entries(folder: Path) -> list[dict[str, str]]:
    """As GitHub's tree lists blobs."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        {
            "path": path.relative_to(folder).as_posix(),
            "type": "blob",
            "sha": hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest(),
        }
        for path in files
    ]
