"""Jupyter notebooks: cells of Markdown, cells of code, and what they printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from pipelines.errors import DocumentError
from pipelines.parse.frontmatter import FrontMatter, split_front_matter
from pipelines.parse.markdown import read_events
from pipelines.parse.models import Block, Document
from pipelines.parse.outline import Event, build_document
from pipelines.parse.plain import paragraphs

OUTPUT_LINES = 12
OUTPUT_CHARACTERS = 800
"""What a cell printed beyond this is left out: it is data, and not what the page says."""


def parse_notebook(path: str, text: str) -> Document:
    """Raises DocumentError: not a notebook."""
    try:
        notebook: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{path} is not a notebook: its JSON is broken.") from error
    if not isinstance(notebook, dict):
        raise DocumentError(f"{path} is not a notebook: it holds no cells.")
    cells = cells_of(notebook)
    front, cells = split_first_cell(cells)
    events = read_cells(cells, language_of(notebook.get("metadata")))
    return build_document(path, events, title=front.title, description=front.description)


def cells_of(notebook: dict[object, object]) -> list[dict[object, object]]:
    """Of the present format, or of that before 2015, which had worksheets."""
    found = notebook.get("cells")
    if not isinstance(found, list):
        sheets = notebook.get("worksheets")
        lists = (
            [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
            if isinstance(sheets, list)
            else []
        )
        found = [cell for cells in lists if isinstance(cells, list) for cell in cells]
    return [cell for cell in found if isinstance(cell, dict)]


def language_of(metadata: object) -> str:
    """The kernel's language; Python where the notebook names none, as nearly all do."""
    for key, word in (("language_info", "name"), ("kernelspec", "language")):
        info = metadata.get(key) if isinstance(metadata, dict) else None
        name = info.get(word) if isinstance(info, dict) else None
        if isinstance(name, str) and name.strip():
            return name.split()[0].lower()
    return "python"


def split_first_cell(cells: list[dict[object, object]]) -> tuple[FrontMatter, list[dict[object, object]]]:
    """Quarto and nbdev keep front matter in the first cell."""
    if not cells or cells[0].get("cell_type") not in ("raw", "markdown"):
        return FrontMatter(), cells
    front, rest = split_front_matter(joined(cells[0].get("source")).rstrip() + "\n")
    return (front, [{**cells[0], "source": rest}, *cells[1:]]) if front != FrontMatter() else (front, cells)


def read_cells(cells: list[dict[object, object]], language: str) -> Iterator[Event]:
    for cell in cells:
        kind = cell.get("cell_type")
        source = joined(cell.get("source", cell.get("input"))).strip("\n")
        if kind == "code":
            if source.strip():
                yield fence(source.rstrip(), language)
            yield from read_outputs(cell.get("outputs"))
        elif kind == "markdown":
            yield from read_events(source)
        elif kind == "heading":
            level = cell.get("level")
            yield from read_events(f"{'#' * (level if isinstance(level, int) else 1)} {source}")
        else:
            yield from paragraphs(source)


def read_outputs(outputs: object) -> Iterator[Block]:
    """Plain text only: streams and results, shortened. Pictures, HTML and tracebacks are left out."""
    texts: list[str] = []
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        found = output.get("text", data.get("text/plain") if isinstance(data, dict) else None)
        text = joined(found).strip("\n")
        if text.strip() and output.get("name") != "stderr" and not text.startswith("<"):
            texts.append(text)
    text = shorten("\n".join(texts))
    if text:
        yield fence(text, "text")


def shorten(text: str) -> str:
    lines = text[:OUTPUT_CHARACTERS].splitlines()[:OUTPUT_LINES]
    short = "\n".join(lines).rstrip()
    return short if len(short) >= len(text.rstrip()) else f"{short}\n…"


def fence(code: str, language: str) -> Block:
    """A fence that nothing in the code closes."""
    longest = max((len(list(run)) for letter, run in groupby(code) if letter == "`"), default=0)
    marks = "`" * max(3, longest + 1)
    return Block(kind="code", text=f"{marks}{language}\n{code}\n{marks}", language=language)


def joined(source: object) -> str:
    """Text is stored whole or as a list of lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
