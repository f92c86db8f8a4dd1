// The few numbers that tell how it goes.

import { makeShare, makeSpark } from "./charts.js";
import { make } from "./dom.js";
import { count, duration } from "./times.js";

export function makeNumbers(days, { latency, votes }) {
  const sum = (kind) => days.reduce((all, day) => all + day[kind], 0);
  const [answered, abstained, failed] = ["answered", "abstained", "failed"].map(sum);
  const ended = answered + abstained + failed;
  const voted = votes.up + votes.down;
  return [
    card("Questions", sum("total").toLocaleString("en"), makeSpark(days.map((day) => day.total)), `${average(sum("total"), days.length)} a day`),
    card(
      "Answered",
      percent(answered, ended),
      makeShare([["answered", answered], ["abstained", abstained], ["failed", failed]], `${answered} answered, ${abstained} without an answer, ${failed} failed`),
      ended ? `${count(abstained, "question")} without an answer, ${failed} failed` : "nothing was asked",
    ),
    card("Half of the answers within", latency.answers ? duration(latency.p50) : "–", makeTimes(latency), latency.answers ? `90% within ${duration(latency.p90)}, 99% within ${duration(latency.p99)}` : "nothing was measured"),
    card("Helpful", percent(votes.up, voted), makeShare([["answered", votes.up], ["failed", votes.down]], `${votes.up} up, ${votes.down} down`), voted ? `${votes.up} up, ${votes.down} down` : "nobody has voted"),
  ];
}

const percent = (part, whole) => (whole ? `${Math.round((part / whole) * 100)}%` : "–");
const average = (sum, days) => (sum / days).toLocaleString("en", { maximumFractionDigits: 1 });

function makeTimes({ p50, p90, p99 }) {
  const whole = p99 || 1;
  return makeShare([["answered", p50], ["half", Math.max(0, p90 - p50)], ["quarter", Math.max(0, whole - p90)]], `Half within ${duration(p50)}, 90% within ${duration(p90)}, 99% within ${duration(p99)}`);
}

const card = (title, number, drawing, words) => make("div", { class: "card number" }, make("h2", {}, title), make("p", { class: "big" }, number), drawing, make("p", { class: "words" }, words));
