// The chat: questions to the API, answers as they are written.

import { makeAbout, makeExamples, commitAges, summary } from "./about.js";
import { ApiError, call, stream } from "./api.js";
import { copy, make } from "./dom.js";
import { enter } from "./keys.js";
import { forgetChat, readChat, readKey, takeKey, writeChat, writeKey } from "./session.js";
import { watchMarks } from "./sources.js";
import { ago, inFull } from "./times.js";
import { Turn } from "./turn.js";

const $ = (id) => document.getElementById(id);
const shared = /^\/a\/([\w-]{22})$/.exec(location.pathname)?.[1];
const ages = new Map();
let turns = [];
let conversation = null;
let saving = 0;
let leaving = false;
let following = true; // the reader is at the end of the page, and wants to stay there
let last = Promise.resolve(); // until the answer before is over
let running = null; // the AbortController of the answer that is being written

const on = { vote: true, changed: keep, again: (turn) => busy() || answer(replace(turn)), grown: followDown };

const busy = () => turns.some((turn) => turn.open);

/** Keeps the conversation, soon: a model writes faster than that is worth. */
function keep() {
  saving ||= setTimeout(save, 500);
}

function save() {
  clearTimeout(saving);
  saving = 0;
  if (!shared && !leaving && turns.length) writeChat({ conversation, turns: turns.map((turn) => turn.kept) });
}

function add(kept) {
  const turn = new Turn(kept, { ages, on });
  turns.push(turn);
  $("turns").append(turn.element);
  $("empty").hidden = true;
  return turn;
}

/** A turn for the same question, in the place of one that came to nothing. */
function replace(turn) {
  const fresh = new Turn({ question: turn.kept.question }, { ages, on });
  turns[turns.indexOf(turn)] = fresh;
  turn.element.replaceWith(fresh.element);
  return fresh;
}

function ask(question) {
  if (busy() || !question.trim()) return;
  const turn = add({ question: question.trim() });
  $("question").value = "";
  resize();
  answer(turn);
}

/** Once the one before is over to its last byte: by then the gateway remembers it. */
function answer(turn) {
  showBusy();
  last = last.then(() => follow(turn)).catch(reportError);
}

async function follow(turn) {
  running = new AbortController();
  if (turn === turns.at(-1)) toEnd();
  try {
    const body = { question: turn.kept.question, conversation };
    for await (const event of stream("POST", "/v1/ask", { body, signal: running.signal })) {
      turn.take(event);
      showBusy();
      conversation = event.data.conversation ?? conversation;
    }
    if (turn.open) turn.fail("The connection broke off before the answer was complete.", true);
  } catch (error) {
    if (running.signal.aborted) turn.stop();
    else if (!(error instanceof ApiError)) throw error;
    else if (error.status === 401) return location.reload(); // the key was revoked: ask for another one
    else turn.fail(error.message, error.retryable, error.status === 429 ? error.wait : 0);
  } finally {
    running = null;
    showBusy();
    save();
  }
  followDown();
}

function showBusy() {
  const yes = busy();
  $("send").hidden = yes;
  $("stop").hidden = !yes;
  $("turns").setAttribute("aria-busy", String(yes));
  $("new").hidden = !turns.length;
}

/** Stays at the end of the page while the answer grows, unless the reader has gone elsewhere. */
function followDown() {
  if (following) toEnd();
}

function toEnd() {
  following = true;
  scrollTo(0, document.documentElement.scrollHeight);
}

function resize() {
  const box = $("question");
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

function listen() {
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    ask($("question").value);
  });
  $("question").addEventListener("input", resize);
  $("question").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask($("question").value);
  });
  $("stop").addEventListener("click", stop);
  document.addEventListener("keydown", (event) => event.key === "Escape" && stop());
  $("new").addEventListener("click", () => {
    stop();
    begin();
  });
  $("leave").addEventListener("click", () => {
    writeKey("");
    begin();
  });
  addEventListener("pagehide", () => {
    save();
    leaving = true; // what breaks off from here on breaks off because of that
  });
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("scroll", () => {
    following = document.documentElement.scrollHeight - innerHeight - scrollY < 120;
  });
  addEventListener("hashchange", () => takeKey() && location.reload());
  document.addEventListener("click", copyCode);
}

function stop() {
  if (!running) return;
  running.abort();
  $("question").focus();
}

/** Begins anew. */
function begin() {
  turns = [];
  forgetChat();
  location.reload();
}

async function copyCode(event) {
  const button = event.target.closest?.("button.copy");
  if (!button) return;
  button.textContent = (await copy(button.closest(".code").querySelector("code").textContent)) ? "Copied" : "Not allowed";
  setTimeout(() => (button.textContent = "Copy"), 2_000);
}

/** What was left in the middle of an answer is as the gateway has kept it. */
async function mend(turn) {
  const { id } = turn.kept;
  const kept = id ? await call("GET", `/v1/answers/${id}`).catch((error) => (error instanceof ApiError ? null : Promise.reject(error))) : null;
  if (kept) turn.kept.answer = kept.answer;
  if (kept?.outcome === "answered" || kept?.outcome === "abstained") turn.finish({ ...turn.kept, ...kept, abstained: kept.outcome === "abstained" });
  else turn.stop();
  keep();
}

async function showShared() {
  document.body.classList.add("shared");
  const kept = await call("GET", `/v1/answers/${shared}`);
  const state = { answered: "answered", abstained: "abstained", stopped: "stopped" }[kept.outcome] ?? "failed";
  const message = kept.outcome ? "This question could not be answered." : "This is being answered right now.";
  const turn = new Turn({ ...kept, state, message }, { ages, on: { changed() {} } });
  const asked = make("p", { class: "asked" }, "Asked ", make("time", { datetime: kept.asked_at, title: inFull(kept.asked_at) }, ago(kept.asked_at)));
  $("turns").append(asked, turn.element);
  turns = [turn];
  document.title = kept.question.slice(0, 80);
}

async function showChat(status) {
  const chat = readChat();
  conversation = chat.conversation;
  for (const kept of chat.turns) add(kept);
  for (const turn of turns.filter((each) => each.open)) await mend(turn);
  $("ask").hidden = false;
  showBusy();
  if (turns.length) return toEnd();
  $("empty").hidden = false;
  $("about").replaceChildren(makeAbout(status));
  if (matchMedia("(hover: hover)").matches) $("question").focus({ preventScroll: true });
  $("examples").replaceChildren(...(await makeExamples(ask)));
}

async function start() {
  takeKey();
  listen();
  watchMarks($("turns"), (mark) => {
    const turn = turns.find((each) => each.element.contains(mark));
    return turn?.kept.citations.find((citation) => String(citation.number) === mark.textContent);
  });
  const purpose = "Questions are answered here for those who have a key. The people who run this bot give it out.";
  const status = await enter($("gate"), { scope: "ask", purpose });
  for (const [commit, moment] of commitAges(status)) ages.set(commit, moment);
  $("fresh").textContent = summary(status);
  $("leave").hidden = !readKey();
  $("maintain").hidden = !status.you.scopes.includes("maintain");
  await (shared ? showShared() : showChat(status));
}

start().catch((error) => {
  if (!(error instanceof ApiError)) throw error;
  const again = error.retryable ? make("button", { type: "button", click: () => location.reload() }, "Try again") : null;
  $("gate").replaceChildren(...[make("p", { class: "problem", role: "alert" }, error.message), again].filter(Boolean));
});
