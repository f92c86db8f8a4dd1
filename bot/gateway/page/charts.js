// Drawings of numbers. Each has its words: a label, and a table or a legend beside it.

import { draw, make } from "./dom.js";
import { count } from "./times.js";

export const KINDS = [["answered", "answered"], ["abstained", "no answer found"], ["failed", "failed"], ["other", "stopped or taken back"]];
const KIND_OF = { answered: "answered", abstained: "abstained", failed: "failed" };

/** Every day of the period: {day, answered, abstained, failed, other, total}, oldest first. */
export function sumDays(since, days) {
  const sums = new Map();
  const today = Date.now();
  for (let at = Date.parse(since); at <= today; at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    sums.set(day, { day, answered: 0, abstained: 0, failed: 0, other: 0, total: 0 });
  }
  for (const { day, outcome, questions } of days) {
    const sum = sums.get(day);
    if (!sum) continue;
    sum[KIND_OF[outcome] ?? "other"] += questions;
    sum.total += questions;
  }
  return [...sums.values()];
}

/** One line of a few parts: [[kind, amount]…]. */
export function makeShare(parts, label) {
  const whole = parts.reduce((sum, [, amount]) => sum + amount, 0) || 1;
  const bar = draw("svg", { class: "share", viewBox: "0 0 100 6", preserveAspectRatio: "none", role: "img", "aria-label": label });
  let at = 0;
  for (const [kind, amount] of parts) {
    const width = (amount / whole) * 100;
    if (amount) bar.append(draw("rect", { class: kind, x: at, y: 0, width, height: 6 }));
    at += width;
  }
  return bar;
}

/** The course of an amount. */
export function makeSpark(amounts) {
  const most = Math.max(1, ...amounts);
  const step = 100 / Math.max(1, amounts.length - 1);
  const points = amounts.map((amount, n) => `${(n * step).toFixed(2)},${(28 - (amount / most) * 25).toFixed(2)}`);
  return draw(
    "svg",
    { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("polygon", { points: `0,30 ${points.join(" ")} 100,30` }),
    draw("polyline", { points: points.join(" ") }),
  );
}

/** Stacked bars, a day each. */
export function makeDays(days) {
  const most = Math.max(1, ...days.map((day) => day.total));
  const total = days.reduce((sum, day) => sum + day.total, 0);
  const label = `${count(total, "question")} in ${count(days.length, "day")}, at most ${most} a day. The table below has them all.`;
  const bars = draw("svg", { class: "days", viewBox: `0 0 ${days.length * 10} 100`, preserveAspectRatio: "none", role: "img", "aria-label": label });
  days.forEach((day, n) => {
    const column = draw("g", {}, draw("title", {}, describe(day)), draw("rect", { class: "ground", x: n * 10, y: 0, width: 10, height: 100 }));
    let top = 100;
    for (const [kind] of KINDS) {
      const height = (day[kind] / most) * 98;
      top -= height;
      if (height) column.append(draw("rect", { class: kind, x: n * 10 + 1.5, y: top, width: 7, height }));
    }
    bars.append(column);
  });
  const axis = make("div", { class: "axis", "aria-hidden": "true" }, make("span", {}, days[0].day), make("span", {}, `at most ${most} a day`), make("span", {}, "today"));
  return make("figure", {}, makeLegend(days), bars, axis, makeTable(days));
}

const describe = (day) => `${day.day}: ${day.total ? KINDS.filter(([kind]) => day[kind]).map(([kind, words]) => `${day[kind]} ${words}`).join(", ") : "none"}`;

function makeLegend(days) {
  const used = KINDS.map(([kind, words]) => [kind, words, days.reduce((sum, day) => sum + day[kind], 0)]).filter(([, , sum]) => sum);
  return make("figcaption", { class: "legend" }, ...used.map(([kind, words, sum]) => make("span", {}, make("i", { class: kind }), `${sum.toLocaleString("en")} ${words}`)));
}

function makeTable(days) {
  const row = (cells, tag) => make("tr", {}, ...cells.map((cell, n) => make(n ? tag : "th", n ? {} : { scope: tag === "th" ? "col" : "row" }, String(cell))));
  const head = make("thead", {}, row(["day", ...KINDS.map(([, words]) => words)], "th"));
  const body = make("tbody", {}, ...days.filter((day) => day.total).reverse().map((day) => row([day.day, ...KINDS.map(([kind]) => day[kind])], "td")));
  const table = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Questions a day, as a table" }, make("table", {}, head, body));
  return make("details", {}, make("summary", {}, "As a table"), table);
}
