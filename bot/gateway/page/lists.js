// What is indexed, what failed, what readers miss.

import { make } from "./dom.js";
import { ago, count, inFull, secondsSince } from "./times.js";

const DAY = 86_400;
const LONGEST = 60 * DAY; // fills the bar
const SHOWN = 12;

const time = (moment, before = "") => make("time", { datetime: moment, title: inFull(moment) }, `${before}${ago(moment)}`);

/** `crawl(source)` starts one. */
export function makeSources(sources, crawl) {
  if (!sources.length) return make("p", {}, "Nothing is indexed yet.");
  return make("ul", { class: "sources" }, ...sources.map((source) => makeSource(source, crawl)));
}

function makeSource(source, crawl) {
  const { kind, words, part } = freshness(source.crawled_at);
  const bar = make("span", { class: "age", "aria-hidden": "true" }, make("i", { class: kind }));
  bar.firstChild.style.inlineSize = `${part}%`;
  const commit = source.commit ? make("span", {}, make("code", { title: source.commit }, source.commit.slice(0, 7)), source.committed_at ? " of " : "", source.committed_at ? time(source.committed_at) : "") : null;
  const failed = source.failed_files ? make("span", { class: "failures" }, `${count(source.failed_files, "file")} failed`) : null;
  const facts = make("p", { class: "words" }, make("span", {}, count(source.files, "page")), make("span", {}, count(source.chunks, "chunk")), commit, failed);
  const fresh = make("p", { class: `fresh ${kind}` }, bar, source.crawled_at ? time(source.crawled_at, `${words}, checked `) : words);
  const name = make("bdi", { class: "name" }, source.source);
  const button = make("button", { type: "button", "aria-label": `Crawl ${source.source}`, click: () => crawl(source.source) }, "Crawl");
  return make("li", {}, make("div", {}, name, facts), fresh, button);
}

/** How fresh a source is: its colour, its word, and how much of the bar its age fills. */
function freshness(moment) {
  if (!moment) return { kind: "bad", words: "Never read whole", part: 100 };
  const seconds = secondsSince(moment);
  const part = Math.max(3, Math.min(100, (Math.log1p(seconds / 3_600) / Math.log1p(LONGEST / 3_600)) * 100));
  const [kind, words] = seconds < DAY * 1.5 ? ["good", "Fresh"] : seconds < 8 * DAY ? ["fair", "Some days old"] : ["bad", "Old"];
  return { kind, words, part };
}

/** Null where nothing failed. */
export function makeFailed(sources) {
  const rows = sources.flatMap((source) => source.failed.map((file) => make("li", {}, make("bdi", { class: "name" }, file.path), make("p", { class: "words" }, make("span", {}, file.reason), make("bdi", {}, source.source)))));
  return rows.length ? make("ul", { class: "failed" }, ...rows) : null;
}

export function makeGaps(groups) {
  if (!groups.length) return make("p", { class: "words" }, "Every question of this time has an answer.");
  const most = groups[0].times;
  const rows = groups.map((group) => makeGap(group, most));
  const rest = rows.slice(SHOWN);
  const more = rest.length ? make("details", {}, make("summary", {}, `${count(rest.length, "more question")}`), make("ol", { class: "gaps" }, ...rest)) : null;
  return make("div", {}, make("ol", { class: "gaps" }, ...rows.slice(0, SHOWN)), ...(more ? [more] : []));
}

function makeGap(group, most) {
  const bar = make("span", { class: "weight", "aria-hidden": "true" }, make("i"));
  bar.firstChild.style.inlineSize = `${(group.times / most) * 100}%`;
  const others = group.questions.slice(1);
  const facts = make("p", { class: "words" }, make("span", {}, `asked ${group.times === 1 ? "once" : count(group.times, "time")}`), time(group.last_asked, "last asked "), make("span", { dir: "auto" }, group.reason));
  const wordings = others.map((gap) => make("li", { dir: "auto" }, gap.question, gap.times > 1 ? ` (${gap.times} times)` : ""));
  const details = others.length ? make("details", {}, make("summary", {}, `in ${count(others.length, "other wording")}`), make("ul", {}, ...wordings)) : null;
  return make("li", {}, make("span", { class: "times", "aria-hidden": "true" }, String(group.times)), make("div", {}, make("p", { class: "name", dir: "auto" }, group.question), bar, facts, details));
}
