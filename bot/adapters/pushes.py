"""Which of the configured sources a push touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.push import Push
from pipelines.errors import SourceInvalid
from pipelines.parse import SUFFIXES
from pipelines.sources.selection import Selection, folder_reason, is_hidden, make_selection
from pipelines.sources.spec import DEFAULT_REF, Repository, find_web, parse_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A repository's folder that is indexed."""

    spec: str
    place: Repository
    selection: Selection

    def touched_by(self, push: Push) -> bool:
        """Whether a crawl would find something new: the right repository, the right ref, a document."""
        if push.repository.lower() != f"{self.place.owner}/{self.place.name}".lower():
            return False
        for ref, folder in _readings(self.place):
            here = push.default if ref == DEFAULT_REF else push.ref == ref
            if here and (push.paths is None or any(self._wants(path, folder) for path in push.paths)):
                return True
        return False

    def _wants(self, path: str, folder: str) -> bool:
        prefix = f"{folder}/" if folder else ""
        below = path.removeprefix(prefix)
        if not path.startswith(prefix) or is_hidden(below.rpartition("/")[2]):
            return False
        return not any(map(folder_reason, below.split("/")[:-1])) and self.selection.wants(below)


def watch(
    specs: Sequence[str], *, include: tuple[str, ...], exclude: tuple[str, ...], api_url: str
) -> tuple[Watched, ...]:
    """The configured sources that a push may touch: folders and what is malformed are left out."""
    web, found = find_web(api_url), []
    for spec in specs:
        try:
            parsed = parse_spec(spec, web=web)
        except SourceInvalid:
            continue  # whoever crawls it says what is wrong with it
        if isinstance(parsed.place, Repository):
            selection = make_selection(SUFFIXES, (*include, *parsed.include), (*exclude, *parsed.exclude))
            found.append(Watched(spec=spec, place=parsed.place, selection=selection))
    return tuple(found)


def _readings(place: Repository) -> Iterator[tuple[str, str]]:
    """Ref and folder. A web address does not say where a ref with slashes ends, so each place may be it."""
    parts = place.path.split("/") if place.path else []
    longest = 0 if place.ref == DEFAULT_REF else len(parts)
    for taken in range(longest + 1):
        yield "/".join((place.ref, *parts[:taken])), "/".join(parts[taken:])
