"""The page's own renderer of Markdown, run in the browser on what a test hands it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

_RUN = """async (jobs) => {
  const base = document.querySelector("script[type=module]").src;
  const { parseMarkdown, closeOpen } = await import(new URL("markdown.js", base));
  const { patch } = await import(new URL("tree.js", base));
  const tags = new Set("a blockquote br button code del div em h3 h4 h5 h6 hr li ol p pre span strong table tbody td th thead tr ul".split(" "));
  const attributes = new Set("aria-label class dir href rel role start tabindex target type".split(" "));
  const source = (number) => `s-${number}`;
  const complain = (place) => [...place.querySelectorAll("*")].flatMap((element) => [
    ...(tags.has(element.localName) ? [] : [`<${element.localName}>`]),
    ...[...element.attributes].filter(({ name }) => !attributes.has(name)).map(({ name }) => `${name}=`),
    ...(element.hasAttribute("href") && !/^(https?:[/][/]|#s-)/.test(element.getAttribute("href")) ? [element.getAttribute("href")] : []),
  ]);
  return jobs.map(({ text, cuts }) => {
    const whole = document.createElement("div");
    patch(whole, parseMarkdown(text), source);
    const grown = document.createElement("div");
    const complaints = [];
    for (const cut of cuts) {
      patch(grown, parseMarkdown(closeOpen(text.slice(0, cut))), source);
      complaints.push(...complain(grown));
    }
    patch(grown, parseMarkdown(text), source);
    return { html: whole.innerHTML, text: whole.textContent, complaints: [...complaints, ...complain(whole)], same: grown.isEqualNode(whole) };
  });
}"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Job:
    text: str
    cuts: tuple[int, ...] = ()
    """Lengths at which it is shown while it is being written."""


@dataclass(frozen=True, slots=True)
class Rendered:
    html: str
    text: str
    complaints: tuple[str, ...]
    """Elements, attributes and addresses that must not be."""
    same: bool
    """What was shown bit by bit is in the end what is shown at once."""


def render(page: Page, jobs: Sequence[Job]) -> list[Rendered]:
    found = page.evaluate(_RUN, [{"text": job.text, "cuts": sorted(job.cuts)} for job in jobs])
    return [
        Rendered(item["html"], item["text"], tuple(item["complaints"]), bool(item["same"])) for item in found
    ]
