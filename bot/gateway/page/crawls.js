// The crawl that is going on, live.

import { ApiError, call, stream } from "./api.js";
import { announce, make } from "./dom.js";
import { ago, count, duration } from "./times.js";

const PHASES = { listing: "Listing the files", indexing: "Reading and storing", removing: "Removing what is gone", done: "Done", failed: "Failed" };
const STATES = { waiting: "Waiting for another crawl to end", running: "Running", done: "Done", failed: "Failed", cancelled: "Cancelled" };

/** Shows the newest crawl in a section, and follows it while it goes on. */
export class CrawlView {
  /** `ended()` is called when one has ended; `problem(text)` says what went wrong. */
  constructor(section, { ended, problem }) {
    this.section = section;
    this.on = { ended, problem };
    this.followed = "";
  }

  /** Asks for a crawl; none names all sources. */
  async start(sources) {
    const crawl = await this.attempt(call("POST", "/v1/reindex", { body: { sources } }));
    if (crawl) this.follow(crawl);
  }

  async look() {
    const { crawls } = await call("GET", "/v1/crawls");
    const going = crawls.findLast((crawl) => !crawl.ended_at) ?? crawls[0];
    if (going && going.id !== this.followed) this.follow(going);
  }

  async follow(crawl) {
    this.followed = crawl.id;
    this.show(crawl);
    if (crawl.ended_at) return;
    announce("A crawl is running.");
    try {
      for await (const { name, data } of stream("GET", `/v1/crawls/${crawl.id}`)) {
        if (this.followed !== crawl.id) return;
        crawl = name === "end" ? data : { ...crawl, state: "running", progress: merge(crawl.progress, data) };
        this.show(crawl);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.followed = ""; // the next look takes it up again
    }
    if (crawl.ended_at) {
      announce(`The crawl has ended: ${STATES[crawl.state]}.`);
      this.on.ended();
    }
  }

  show(crawl) {
    this.section.hidden = false;
    this.section.dataset.state = crawl.state;
    const cancel = crawl.ended_at ? null : make("button", { type: "button", click: () => this.attempt(call("DELETE", `/v1/crawls/${crawl.id}`)) }, "Cancel");
    const when = crawl.ended_at ? `${STATES[crawl.state]} ${ago(crawl.ended_at)}` : STATES[crawl.state];
    const by = crawl.requested_by ? `, asked for by ${crawl.requested_by}` : "";
    const head = make("div", { class: "head" }, make("p", { class: "words" }, when + by), cancel);
    const rows = crawl.progress.map(makeProgress);
    this.section.lastElementChild.replaceChildren(head, ...(crawl.message ? [make("p", { class: "problem" }, crawl.message)] : []), make("ul", { class: "progress" }, ...rows));
  }

  async attempt(work) {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.on.problem(error.message);
      return null;
    }
  }
}

const merge = (progress, news) => (progress.some((row) => row.source === news.source) ? progress.map((row) => (row.source === news.source ? news : row)) : [...progress, news]);

function makeProgress(row) {
  const { summary } = row;
  const over = row.phase === "done" || row.phase === "failed";
  const known = over || row.phase === "removing" || row.todo > 0;
  const amount = row.phase === "done" || row.phase === "removing" ? 1 : row.todo ? row.done / row.todo : 0;
  const bar = make("progress", { max: 1, value: known ? amount : null, class: row.phase, "aria-label": `${row.source}: ${PHASES[row.phase]}` });
  const facts = summary
    ? [`${summary.added} added, ${summary.changed} changed, ${summary.removed} removed`, `${count(summary.unchanged, "file")} unchanged`, duration(summary.seconds)]
    : [PHASES[row.phase], row.todo ? `${row.done} of ${count(row.todo, "file")}` : "", row.note];
  const failed = row.failed ? make("span", { class: "failures" }, `${count(row.failed, "file")} failed`) : null;
  return make("li", {}, make("bdi", { class: "name" }, row.source), bar, make("p", { class: "words" }, ...facts.filter(Boolean).map((fact) => make("span", {}, fact)), failed));
}
