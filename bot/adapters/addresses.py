"""Where pages are opened; this machine's own addresses are kept from people elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from bot.core.models import Question, Retrieval
from bot.core.ports import Retriever
from pipelines.index.models import SourceRecord

_PAGE = re.compile(r"\{page(?:\|([^{}]*))?\}")
_FRONT = ("index", "readme")
"""Names of a folder's own page, which a site shows at the folder's address."""


def page_address(record: SourceRecord | None, source: str, path: str, commit: str, anchor: str) -> str:
    """Opens a page at a section: on the web where the source is there, else as a file of this machine."""
    fragment = f"#{quote(anchor, safe='-._~!$&()*+,;=:@/?%')}" if anchor else ""
    template = record.address if record is not None else ""
    if found := _PAGE.search(template):
        page = _published(path, below=found[1] or "")
        return (template[: found.start()] + quote(page)).rstrip("/") + fragment
    if template and commit:
        return template.replace("{commit}", commit).replace("{path}", quote(path)) + fragment
    return (Path(source) / path).as_uri() + fragment if Path(source).is_absolute() else ""


def _published(path: str, *, below: str) -> str:
    """The path of a file as documentation sites have it: without its suffix, a folder's own page as the
    folder."""
    page = PurePosixPath(path)
    if below and page.is_relative_to(below):
        page = page.relative_to(below)
    page = page.with_suffix("") if page.suffix else page
    return str(page.parent if page.name.casefold() in _FRONT else page).removeprefix(".").removeprefix("/")


class WebRetriever:
    """A Retriever whose passages have no address where that would be a file of this machine."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    async def retrieve(self, question: Question, *, tokens: int) -> Retrieval:
        found = await self._retriever.retrieve(question, tokens=tokens)
        passages = tuple(
            item if item.url.startswith(("http://", "https://")) else replace(item, url="")
            for item in found.passages
        )
        return replace(found, passages=passages)
