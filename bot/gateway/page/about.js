// What the answers come from, and how fresh it is; and what could be asked.

import { ApiError, call } from "./api.js";
import { make } from "./dom.js";
import { ago, count, inFull } from "./times.js";

const EXAMPLES = 4;
const BEGINNING = "How do I get started, install, configure and use it?";
const COMMANDS = /^(add|build|change|choose|configure|connect|create|define|delete|deploy|disable|enable|find|install|limit|make|manage|monitor|move|pause|read|remove|restart|retry|rotate|run|scale|schedule|send|set|start|stop|store|test|trigger|update|upgrade|use|write)\b/i;

/** Commit → when it was made. */
export function commitAges(status) {
  const dated = status.sources.filter((source) => source.commit && source.committed_at);
  return new Map(dated.map((source) => [source.commit, source.committed_at]));
}

/** One line: "412 pages of 2 sources, the oldest checked 3 hours ago". */
export function summary(status) {
  const { sources } = status;
  if (!sources.length) return "Nothing is indexed yet";
  const pages = count(sources.reduce((sum, source) => sum + source.files, 0), "page");
  const checked = sources.map((source) => source.crawled_at).filter(Boolean).sort()[0];
  const fresh = checked ? `checked ${ago(checked)}` : "being read for the first time";
  return sources.length === 1 ? `${pages} of ${sources[0].source}, ${fresh}` : `${pages} of ${sources.length} sources, the oldest ${fresh}`;
}

export function makeAbout(status) {
  const rows = status.sources.map((source) => {
    const fresh = source.crawled_at ? make("time", { datetime: source.crawled_at, title: inFull(source.crawled_at) }, `checked ${ago(source.crawled_at)}`) : "being read";
    const commit = source.commit ? make("code", { title: source.commit }, source.commit.slice(0, 7)) : null;
    return make("li", {}, make("bdi", {}, source.source), make("span", {}, count(source.files, "page")), commit, fresh);
  });
  const writer = status.language_model === "extractive" ? "Answers are quoted from the documentation." : `Answers are written by ${status.language_model} from the documentation alone, with a source for every claim.`;
  return make("div", { class: "about" }, make("h3", {}, "Answers come from"), make("ul", {}, ...rows), make("p", {}, writer));
}

/** A question that a section of the documentation answers. */
export function questionOf(passage) {
  const crumbs = passage.heading.split(" > ").filter(Boolean);
  const last = (crumbs.at(-1) ?? passage.title).trim();
  if (last.endsWith("?")) return last;
  if (COMMANDS.test(last)) return `How do I ${last[0].toLowerCase()}${last.slice(1)}?`;
  const page = passage.title && passage.title !== last ? `${passage.title}: ` : "";
  return `${page}${last}`;
}

/** Buttons with questions that the documentation's own sections answer. */
export async function makeExamples(ask) {
  const found = await call("GET", `/v1/search?q=${encodeURIComponent(BEGINNING)}&limit=20`).catch((error) => {
    if (error instanceof ApiError) return { passages: [] }; // they are a help, and no more
    throw error;
  });
  const seen = new Set();
  const first = found.passages.filter(({ path }) => !seen.has(path) && seen.add(path)); // one of each page comes first
  const questions = [...new Set([...first, ...found.passages].map(questionOf))].filter((text) => /^[^()]{8,80}$/.test(text));
  questions.sort((one, other) => other.endsWith("?") - one.endsWith("?")); // whole questions before mere headings
  return questions.slice(0, EXAMPLES).map((text) => make("button", { type: "button", class: "example", dir: "auto", click: () => ask(text) }, text));
}
