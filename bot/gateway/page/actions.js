// What a reader can do with an answer: vote, copy, link, ask again.

import { ApiError, call } from "./api.js";
import { announce, copy, icon, iconButton, make } from "./dom.js";

/** `wait`: seconds until the question may be asked again. */
export function makeActions(turn, wait) {
  const { id, state } = turn.kept;
  const given = state === "answered" || state === "abstained";
  const row = make("div", { class: "actions" });
  if (given && id && turn.on.vote) row.append(...makeVotes(turn, row));
  if (given && id) row.append(makeCopy(turn), makeLink(id));
  const again = state === "stopped" || (state === "failed" && turn.kept.retryable);
  if (again && turn.on.again) row.append(makeAgain(turn, wait));
  return row.childElementCount ? row : null;
}

function makeVotes(turn, row) {
  const buttons = [["up", "This helped"], ["down", "This did not help"]].map(([name, label]) =>
    iconButton(name, label, () => vote(name), { "aria-pressed": String(turn.kept.vote === name) }),
  );
  const show = () => buttons.forEach((button, n) => button.setAttribute("aria-pressed", String(turn.kept.vote === ["up", "down"][n])));
  async function vote(name) {
    const before = turn.kept.vote;
    turn.kept.vote = name;
    show();
    if (await sendVote(turn, row, "")) askWhy(turn, row);
    else turn.kept.vote = before;
    show();
    turn.on.changed();
  }
  return buttons;
}

/** Whether the vote is kept; where it is not, the reader is told. */
async function sendVote(turn, row, comment) {
  const { id, conversation, vote } = turn.kept;
  try {
    await call("POST", "/v1/feedback", { body: { answer: id, up: vote === "up", comment, conversation: conversation || null } });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(row, error.message);
    return false;
  }
}

function askWhy(turn, row) {
  row.parentElement.querySelector(".why")?.remove();
  const box = `why-${turn.number}`;
  const text = make("textarea", { id: box, rows: 2, maxlength: 2_000, dir: "auto" });
  const submit = async (event) => {
    event.preventDefault();
    if (!text.value.trim() || (await sendVote(turn, row, text.value.trim()))) {
      form.remove();
      tell(row, "Thank you.");
      row.querySelector('[aria-pressed="true"]')?.focus();
    }
  };
  const label = turn.kept.vote === "up" ? "Thank you. What was good about it? (optional)" : "Thank you. What was wrong or missing? (optional)";
  const leave = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    form.remove();
    row.querySelector('[aria-pressed="true"]')?.focus();
  };
  const form = make("form", { class: "why", submit, keydown: leave }, make("label", { for: box }, label), text, make("button", {}, "Send"));
  row.after(form);
  form.scrollIntoView({ block: "nearest" });
  announce(label);
}

function makeCopy(turn) {
  return iconButton("copy", "Copy the answer as Markdown", async (event) => {
    const done = await copy(turn.kept.answer);
    tell(event.target.closest(".actions"), done ? "Copied." : "This browser does not let a page copy.");
  });
}

/** A link, which a click copies where that can be done. */
function makeLink(id) {
  const address = `${location.origin}/a/${id}`;
  const click = async (event) => {
    if (!navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const row = event.currentTarget.closest(".actions");
    tell(row, (await copy(address)) ? "Link copied." : address);
  };
  const label = "Link to this answer";
  return make("a", { class: "quiet", href: `/a/${id}`, title: label, "aria-label": label, click }, icon("link"));
}

function makeAgain(turn, wait) {
  const label = make("span", {}, "Ask again");
  const button = make("button", { type: "button", class: "again", disabled: wait > 0, click: () => turn.on.again(turn) }, icon("again"), label);
  let left = wait;
  const count = () => {
    button.disabled = left > 0;
    label.textContent = left > 0 ? `Ask again in ${left} s` : "Ask again";
    if (left > 0) setTimeout(count, 1_000);
    left -= 1;
  };
  count();
  return button;
}

/** A word beside the buttons. */
function tell(row, text) {
  row.querySelector(".told")?.remove();
  row.append(make("span", { class: "told" }, text));
  announce(text);
}
