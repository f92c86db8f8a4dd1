// The sources of an answer: the list below it, and what a mark in it shows.

import { make } from "./dom.js";
import { webAddress } from "./addresses.js";
import { ago } from "./times.js";

const card = make("div", { id: "quote", role: "tooltip", hidden: true });
let shown = null; // the mark whose quote is open
let closing = 0;

/** The title and the breadcrumb of a source, each part once. */
export function name(citation) {
  const parts = [citation.title, ...citation.heading.split(" > ")].map((part) => (part ?? "").trim());
  return parts.filter((part, n) => part && parts.indexOf(part) === n).join(" › ") || citation.path;
}

/** `ages`: commit → moment. `id(number)` is the id of an entry. */
export function makeSources(citations, ages, id) {
  const entries = citations.map((citation) => {
    const href = webAddress(citation.url);
    const title = name(citation);
    const opens = { href, target: "_blank", rel: "noopener noreferrer", dir: "auto" };
    const entry = href ? make("a", opens, title, make("span", { class: "hidden" }, " (opens in a new tab)")) : make("b", { dir: "auto" }, title);
    const commit = citation.commit && make("code", { title: citation.commit }, citation.commit.slice(0, 7));
    const age = ages.get(citation.commit);
    return make(
      "li",
      { id: id(citation.number), value: citation.number, tabindex: "-1" },
      make("span", { class: "number", "aria-hidden": "true" }, String(citation.number)),
      make(
        "div",
        {},
        entry,
        make("p", { class: "place" }, make("bdi", { class: "path" }, citation.path), commit, age ? make("time", { datetime: age }, ago(age)) : null),
        citation.quote ? make("blockquote", { dir: "auto" }, citation.quote) : null,
      ),
    );
  });
  return make("section", { class: "sources", "aria-label": "Sources" }, make("h3", {}, "Sources"), make("ol", {}, ...entries));
}

/** Names the marks of an answer by their sources; those of no source become text. */
export function nameMarks(answer, citations) {
  const known = new Map(citations.map((citation) => [String(citation.number), citation]));
  for (const mark of answer.querySelectorAll("a.mark")) {
    const citation = known.get(mark.textContent);
    if (citation) mark.setAttribute("aria-label", `Source ${citation.number}: ${name(citation)}`);
    else mark.replaceWith(`[${mark.textContent}]`);
  }
}

/** Shows quotes at marks anywhere in a place. `find(mark)` is the mark's citation. */
export function watchMarks(place, find) {
  document.body.append(card);
  const markOf = (event) => event.target.closest?.("a.mark");
  const enter = (event) => {
    const mark = markOf(event);
    const citation = mark && find(mark);
    if (citation) open(mark, citation);
  };
  place.addEventListener("pointerover", enter);
  place.addEventListener("focusin", enter);
  place.addEventListener("pointerout", (event) => markOf(event) && closeSoon());
  place.addEventListener("focusout", close);
  card.addEventListener("pointerenter", () => clearTimeout(closing));
  card.addEventListener("pointerleave", closeSoon);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  addEventListener("resize", close);
  place.addEventListener("click", (event) => {
    const mark = markOf(event);
    if (!mark) return;
    event.preventDefault();
    close();
    follow(mark.getAttribute("href").slice(1));
  });
}

function open(mark, citation) {
  clearTimeout(closing);
  if (shown === mark) return;
  close();
  shown = mark;
  const quote = citation.quote ? make("q", { dir: "auto" }, citation.quote) : null;
  card.replaceChildren(make("strong", { dir: "auto" }, name(citation)), ...(quote ? [quote] : []));
  card.hidden = false;
  mark.setAttribute("aria-describedby", card.id);
  const at = mark.getBoundingClientRect();
  const below = at.bottom + card.offsetHeight + 12 < innerHeight;
  const left = Math.max(8, Math.min(at.left - 24, document.documentElement.clientWidth - card.offsetWidth - 8));
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${(below ? at.bottom + 6 : at.top - card.offsetHeight - 6) + scrollY}px`;
}

function closeSoon() {
  clearTimeout(closing);
  closing = setTimeout(close, 200);
}

function close() {
  shown?.removeAttribute("aria-describedby");
  shown = null;
  card.hidden = true;
}

/** Goes to a source's entry, as the mark's address says. */
function follow(id) {
  const entry = document.getElementById(id);
  if (!entry) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  entry.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  for (const other of document.querySelectorAll("li.pointed")) other.classList.remove("pointed");
  entry.classList.add("pointed");
  (entry.querySelector("a") ?? entry).focus({ preventScroll: true });
}
