// Markdown within a line: text → [string | {tag, attributes, children} | {mark}]. Knows no document. Takes time
// proportional to the text, whatever the text is.

import { webAddress } from "./addresses.js";
import { emphasise, plain } from "./emphasis.js";

const SPECIAL = /[\\`*_~[\]!<&\n]|https?:\/\//gi;
const TARGET = /\(\s{0,9}(?:<([^<>\n]{0,2000})>|([^\s()<>]{0,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500}){0,9}))(?:\s{1,9}(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?\s{0,9}\)/y;
const BARE = /https?:\/\/[^\s<>`"\\]{1,2000}/iy;
const ANGLED = /<(https?:\/\/[^\s<>]{1,2000})>/iy;
const MARK = /\[(\d{1,2})\](?!\()/y;
const ENTITY = /&(?:(amp|lt|gt|quot|apos|nbsp|mdash|ndash|hellip|larr|rarr|middot|times|copy)|#(\d{1,7})|#x([0-9a-f]{1,6}));/iy;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", mdash: "—", ndash: "–", hellip: "…", larr: "←", rarr: "→", middot: "·", times: "×", copy: "©" };

export function parseInline(text) {
  return emphasise(new Scanner(text).scan());
}

class Scanner {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.items = [];
    this.brackets = []; // where in items an opening bracket stands
    this.endless = new Set(); // lengths of runs of backticks that nothing closes
  }

  scan() {
    const { text } = this;
    while (this.at < text.length) {
      SPECIAL.lastIndex = this.at;
      const found = SPECIAL.exec(text);
      const next = found ? found.index : text.length;
      if (next > this.at) this.items.push(text.slice(this.at, next));
      this.at = next;
      if (found) this.take(found[0]);
    }
    return this.items;
  }

  take(special) {
    switch (special) {
      case "\\": return this.escape();
      case "`": return this.code();
      case "*": case "_": case "~": return this.delimiter(special);
      case "[": return this.open(false);
      case "!": return this.text[this.at + 1] === "[" ? this.open(true) : this.literal("!");
      case "]": return this.close();
      case "<": return this.angled();
      case "&": return this.entity();
      case "\n": return this.newline();
      default: return this.bare();
    }
  }

  literal(text) {
    this.items.push(text);
    this.at += text.length;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  escape() {
    const next = this.text[this.at + 1] ?? "";
    if (next === "\n") this.items.push({ tag: "br" });
    else this.items.push(/[!-/:-@[-`{-~]/.test(next) ? next : `\\${next}`);
    this.at += 1 + next.length;
  }

  code() {
    let end = this.at;
    while (this.text[end] === "`") end += 1;
    const run = this.text.slice(this.at, end);
    const close = this.endless.has(run.length) ? -1 : findRun(this.text, end, run);
    if (close < 0) {
      this.endless.add(run.length);
      return this.literal(run);
    }
    let inside = this.text.slice(end, close).replaceAll("\n", " ");
    if (inside.startsWith(" ") && inside.endsWith(" ") && inside.trim()) inside = inside.slice(1, -1);
    this.items.push({ tag: "code", children: [inside] });
    this.at = close + run.length;
  }

  delimiter(char) {
    let end = this.at;
    while (this.text[end] === char) end += 1;
    const before = this.text[this.at - 1] ?? " ";
    const after = this.text[end] ?? " ";
    const left = flanks(after, before);
    const right = flanks(before, after);
    const word = char === "_";
    this.items.push({
      char,
      count: end - this.at,
      opens: left && (!word || !right || isPunctuation(before)),
      closes: right && (!word || !left || isPunctuation(after)),
    });
    this.at = end;
  }

  open(image) {
    const mark = image ? null : this.match(MARK);
    if (mark) {
      this.items.push({ mark: Number(mark[1]) });
      this.at += mark[0].length;
      return;
    }
    this.brackets.push({ place: this.items.length, image });
    this.literal(image ? "![" : "[");
  }

  close() {
    const bracket = this.brackets.pop();
    this.at += 1;
    const target = bracket && this.text[this.at] === "(" ? this.match(TARGET) : null;
    if (!target) {
      this.items.push("]");
      return;
    }
    this.at += target[0].length;
    const [, ...inside] = this.items.splice(bracket.place);
    const children = emphasise(inside);
    const href = webAddress((target[1] ?? target[2] ?? "").replace(/\\([!-/:-@[-`{-~])/g, "$1"));
    // A picture of elsewhere would tell its server who reads: it is a link.
    if (href) this.items.push({ tag: "a", attributes: { href }, children: children.length ? plain(children) : [href] });
    else for (const child of children) this.items.push(child);
    this.brackets = bracket.image ? this.brackets : [];
  }

  angled() {
    const found = this.match(ANGLED);
    const href = found ? webAddress(found[1]) : "";
    if (!href) return this.literal("<");
    this.items.push({ tag: "a", attributes: { href }, children: [found[1]] });
    this.at += found[0].length;
  }

  bare() {
    const found = this.match(BARE);
    const inside = this.brackets.length > 0; // the text of a link is no second link
    const shown = found ? trimAddress(found[0]) : this.text.slice(this.at, this.at + 4);
    const href = inside ? "" : webAddress(shown);
    this.items.push(href ? { tag: "a", attributes: { href }, children: [shown] } : shown);
    this.at += shown.length;
  }

  entity() {
    const found = this.match(ENTITY);
    if (!found) return this.literal("&");
    const code = found[2] ? Number(found[2]) : parseInt(found[3] ?? "fffd", 16);
    const safe = code > 31 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? code : 0xfffd;
    this.items.push(found[1] ? NAMED[found[1].toLowerCase()] : String.fromCodePoint(safe));
    this.at += found[0].length;
  }

  newline() {
    const last = this.items.at(-1);
    if (typeof last === "string" && last.endsWith("  ")) {
      this.items[this.items.length - 1] = last.trimEnd();
      this.items.push({ tag: "br" });
    } else this.items.push("\n");
    this.at += 1;
  }
}

/** Where exactly this run of backticks stands again; -1 where it does not. */
function findRun(text, from, run) {
  let at = from;
  while ((at = text.indexOf(run, at)) >= 0) {
    let end = at;
    while (text[end] === "`") end += 1;
    if (end - at === run.length) return at;
    at = end;
  }
  return -1;
}

const isPunctuation = (char) => /[\p{P}\p{S}]/u.test(char);

/** Whether a delimiter whose one side is `inner` clings to it. */
function flanks(inner, outer) {
  if (/\s/.test(inner)) return false;
  return !isPunctuation(inner) || /\s/.test(outer) || isPunctuation(outer);
}

function trimAddress(text) {
  let shown = text;
  for (;;) {
    const last = shown.at(-1);
    const more = last === ")" && shown.split(")").length > shown.split("(").length;
    if (!more && !/[.,;:!?'*_~\]]/.test(last)) return shown;
    shown = shown.slice(0, -1);
  }
}
