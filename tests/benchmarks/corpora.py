"""What is measured on: folders of documents, each with its file of questions."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evals import Case, read_cases

_PROJECT = Path(__file__).parents[2]
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    docs: Path
    """Absolute."""
    questions: Path | None
    """Where they are read from; without a file, only times are measured."""
    cases: tuple[Case, ...]

    @property
    def name(self) -> str:
        return self.docs.name

    @property
    def texts(self) -> tuple[str, ...]:
        """Something to ask: the questions, else the headings."""
        if self.cases:
            return tuple(case.question.text for case in self.cases)
        pages = sorted(path for path in self.docs.rglob("*.md*") if path.is_file())
        found = [
            heading for page in pages for heading in _HEADING.findall(page.read_text("utf-8", "replace"))
        ]
        return tuple(found[:100]) or ("What is this about?",)


def read_corpora(docs: Sequence[Path], questions: Sequence[Path]) -> tuple[Corpus, ...]:
    """The n-th folder with the n-th file; the last folders may lack one. Raises QuestionInvalid, OSError."""
    files = [*questions, *[None] * (len(docs) - len(questions))]
    return tuple(
        Corpus(docs=folder.resolve(), questions=file, cases=tuple(read_cases(file)) if file else ())
        for folder, file in zip(docs, files, strict=True)
    )


def own_corpus(folder: Path) -> Corpus:
    """This project's own documentation, copied into `folder`."""
    folder.mkdir(parents=True)
    shutil.copyfile(_PROJECT / "README.md", folder / "README.md")
    return Corpus(docs=folder, questions=None, cases=())
