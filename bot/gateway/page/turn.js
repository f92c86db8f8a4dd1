// One question and its answer, on the page.

import { announce, icon, make } from "./dom.js";
import { closeOpen, parseMarkdown } from "./markdown.js";
import { makeSources, nameMarks } from "./sources.js";
import { count } from "./times.js";
import { patch } from "./tree.js";
import { makeActions } from "./actions.js";

let number = 0;

/** What is kept of a turn: question, id, conversation, answer, citations, state, message, vote. */
export class Turn {
  /** `on`: again(turn) asks it anew, changed() keeps it. `ages`: commit → moment. */
  constructor(kept, { ages, on }) {
    this.kept = { id: "", conversation: "", answer: "", citations: [], state: "open", message: "", vote: null, ...kept };
    this.ages = ages;
    this.on = on;
    this.number = number += 1;
    this.said = 0; // blocks of the answer that a screen reader was told
    this.drawing = 0;
    this.silent = !this.open; // one that is shown again is not said again
    const title = `question-${this.number}`;
    this.answer = make("div", { class: "answer" });
    this.below = make("div", { class: "below" });
    this.state = make("p", { class: "working", hidden: true });
    this.element = make(
      "article",
      { "aria-labelledby": title },
      make("h2", { id: title, class: "question", dir: "auto", tabindex: "-1" }, this.kept.question),
      this.state,
      this.answer,
      this.below,
    );
    if (this.kept.state === "open") this.show("Searching the documentation");
    else this.close();
  }

  get open() {
    return this.kept.state === "open";
  }

  /** The id of a source's entry. */
  source = (mark) => `source-${this.number}-${mark}`;

  show(text) {
    this.state.hidden = !text;
    this.state.replaceChildren(make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i")), text);
    if (text) announce(text);
  }

  /** Takes an event of the API's stream. */
  take({ name, data }) {
    if (name === "searching") Object.assign(this.kept, { id: data.id, conversation: data.conversation });
    else if (name === "found") this.show(data.passages.length ? "Reading what was found" : "");
    else if (name === "text") this.write(data.delta);
    else if (name === "citations") this.kept.citations = data.citations;
    else if (name === "done" || name === "abstained") this.finish(data);
    else if (name === "failed") this.fail(data.error.message, data.retryable);
    this.on.changed();
  }

  write(delta) {
    if (!this.kept.answer) this.state.hidden = true;
    this.kept.answer += delta;
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      if (this.open) this.draw(parseMarkdown(closeOpen(this.kept.answer)));
    });
  }

  draw(blocks) {
    patch(this.answer, blocks, this.source);
    this.on.grown?.();
    // A block that is followed by another one will not change: it can be said. The rest is, at the end.
    const whole = [...this.answer.children].slice(this.said, this.open ? -1 : undefined);
    for (const block of this.silent ? [] : whole) announce(spoken(block));
    this.said += whole.length;
  }

  finish({ id, conversation, answer, citations, abstained, quoted }) {
    Object.assign(this.kept, { id, conversation, answer, citations, quoted, state: abstained ? "abstained" : "answered" });
    this.close();
    announce(abstained ? "The documentation has no answer." : `Answer complete, with ${count(citations.length, "source")}.`);
  }

  fail(message, retryable, wait = 0) {
    Object.assign(this.kept, { state: "failed", message, retryable });
    this.close(wait);
    announce(message);
  }

  stop() {
    this.kept.state = "stopped";
    this.close();
    announce("Stopped.");
  }

  /** Draws the turn as it is in the end. */
  close(wait = 0) {
    this.state.hidden = true;
    const { state, answer, citations } = this.kept;
    this.element.dataset.state = state;
    this.draw(parseMarkdown(answer));
    nameMarks(this.answer, citations);
    const cited = citations.length ? makeSources(citations, this.ages, this.source) : null;
    this.below.replaceChildren(...[this.note(), cited, makeActions(this, wait)].filter(Boolean));
    if (state === "abstained") this.answer.prepend(make("h3", { class: "none" }, icon("none"), "Not in the documentation"));
  }

  note() {
    const { state, message, quoted } = this.kept;
    if (state === "failed") return make("p", { class: "note failed" }, icon("failed"), message);
    if (state === "stopped") return make("p", { class: "note" }, "Stopped.");
    return quoted ? make("p", { class: "note" }, "Quoted from the documentation.") : null;
  }
}

/** A block in words. */
function spoken(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.matches(".bar")) return "Code: ";
  if (node.matches(".mark")) return ` (source ${node.textContent})`;
  const words = [...node.childNodes].map(spoken).join("");
  return node.matches("li, p, td, th, pre") ? `${words} ` : words;
}
