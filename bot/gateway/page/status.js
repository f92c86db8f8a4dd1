// What maintainers look at: how fresh, how good, what is missing.

import { ApiError, call } from "./api.js";
import { makeDays, sumDays } from "./charts.js";
import { CrawlView } from "./crawls.js";
import { make } from "./dom.js";
import { enter } from "./keys.js";
import { makeFailed, makeGaps, makeSources } from "./lists.js";
import { makeNumbers } from "./numbers.js";
import { forgetChat, readKey, takeKey, writeKey } from "./session.js";
import { count } from "./times.js";

const $ = (id) => document.getElementById(id);
const EVERY = 30_000; // milliseconds between two looks, while the page is seen
const PERIODS = [7, 30, 90];
let period = 30;

const crawls = new CrawlView($("crawl"), { ended: refresh, problem: tell });

function tell(text) {
  $("problem").textContent = text;
}

function showStatus(status) {
  const { sources, chunks, embedding_model: embeddings, language_model: model } = status;
  const writer = model === "extractive" ? "no language model: quoted" : model;
  $("fresh").textContent = `${count(chunks, "chunk")}, ${embeddings}, ${writer}`;
  $("sources").replaceChildren(makeSources(sources, (source) => crawls.start([source])));
  const failed = makeFailed(sources);
  $("failed").hidden = !failed;
  if (failed) $("failed").lastElementChild.replaceChildren(failed);
}

async function showStatistics() {
  const found = await call("GET", `/v1/statistics?days=${period}`);
  const days = sumDays(found.since, found.days);
  $("numbers").replaceChildren(...makeNumbers(days, found));
  const open = $("days").querySelector("details")?.open;
  $("days").replaceChildren(makeDays(days));
  $("days").querySelector("details").open = Boolean(open);
}

async function showGaps() {
  const path = `/v1/gaps?days=${period}&limit=500`;
  let note = null;
  const found = await call("GET", `${path}&grouped=true`).catch((error) => {
    if (!(error instanceof ApiError && error.status === 503)) throw error;
    note = make("p", { class: "problem" }, "They cannot be grouped right now: ", error.message);
    return call("GET", path);
  });
  const groups = note ? found.gaps.map((gap) => ({ ...gap, questions: [gap] })) : found.groups;
  if ($("gaps").querySelector("details[open]")) return; // somebody reads it
  $("gaps").replaceChildren(...(note ? [note] : []), makeGaps(groups));
}

async function refresh() {
  try {
    await Promise.all([call("GET", "/v1/status").then(showStatus), showStatistics(), showGaps(), crawls.look()]);
    tell("");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401 || error.status === 403) location.reload();
    else tell(error.message);
  }
}

function showPeriods() {
  const choose = (days) => () => {
    period = days;
    showPeriods();
    for (const details of $("gaps").querySelectorAll("details[open]")) details.open = false;
    refresh();
  };
  const buttons = PERIODS.map((days) => make("button", { type: "button", "aria-pressed": String(days === period), click: choose(days) }, `${days} days`));
  const chosen = [...$("period").children].indexOf(document.activeElement);
  $("period").replaceChildren(...buttons);
  buttons[chosen]?.focus();
}

async function start() {
  takeKey();
  addEventListener("hashchange", () => takeKey() && location.reload());
  $("leave").addEventListener("click", () => {
    writeKey("");
    forgetChat();
    location.reload();
  });
  const purpose = "This page is for those who maintain the documentation. It asks for a key with the scope maintain.";
  showStatus(await enter($("gate"), { scope: "maintain", purpose }));
  $("leave").hidden = !readKey();
  $("reindex").addEventListener("click", () => crawls.start([]));
  showPeriods();
  await refresh();
  $("board").hidden = false;
  setInterval(() => document.hidden || refresh(), EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}

start().catch((error) => {
  if (!(error instanceof ApiError)) throw error;
  tell(error.message);
});
