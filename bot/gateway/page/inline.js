// Markdown within a line: text → [string | {tag, attributes, children} | {mark}]. Knows no document. Takes time
// proportional to the text, whatever the text is.

import { webAddress } from "./addresses.js";

const DEEPEST = 16; // elements within elements
const LOOKS = 64; // openers that a closer is compared with
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

/** Pairs the delimiters; those that have no partner are text. */
function emphasise(items) {
  const out = [];
  const openers = []; // places in out
  const open = { "*": 0, _: 0, "~": 0 };
  for (const item of items) {
    if (!item.char) {
      out.push(item);
      continue;
    }
    const delimiter = { ...item };
    while (delimiter.closes && delimiter.count && open[delimiter.char]) {
      const place = findOpener(out, openers, delimiter);
      if (place < 0) break;
      while (openers.length > place + 1) open[out[openers.pop()].char] -= 1;
      wrap(out, openers, open, delimiter);
    }
    if (!delimiter.count) continue;
    if (delimiter.opens) {
      openers.push(out.length);
      open[delimiter.char] += 1;
    }
    out.push(delimiter);
  }
  return settle(out);
}

function findOpener(out, openers, closer) {
  const least = Math.max(0, openers.length - LOOKS);
  for (let place = openers.length - 1; place >= least; place -= 1) {
    const opener = out[openers[place]];
    if (opener.char !== closer.char) continue;
    if (closer.char === "~" ? opener.count === closer.count && closer.count <= 2 : fits(opener, closer)) return place;
  }
  return -1;
}

const fits = (opener, closer) =>
  !(opener.closes || closer.opens) || (opener.count + closer.count) % 3 !== 0 || (opener.count % 3 === 0 && closer.count % 3 === 0);

function wrap(out, openers, open, closer) {
  const opener = out[openers.at(-1)];
  const children = settle(out.splice(openers.at(-1) + 1));
  const used = closer.char === "~" ? closer.count : Math.min(2, opener.count, closer.count);
  opener.count -= used;
  closer.count -= used;
  if (!opener.count) {
    out.pop();
    openers.pop();
    open[closer.char] -= 1;
  }
  const depth = 1 + children.reduce((most, child) => Math.max(most, child.depth ?? 0), 0);
  const tag = closer.char === "~" ? "del" : used === 2 ? "strong" : "em";
  if (depth > DEEPEST) for (const child of children) out.push(child);
  else if (children.length) out.push({ tag, children, depth });
}

/** Delimiters as text, and neighbouring texts as one. */
function settle(items) {
  const out = [];
  for (const item of items) {
    const next = item.char ? item.char.repeat(item.count) : item;
    if (typeof next === "string" && typeof out.at(-1) === "string") out[out.length - 1] += next;
    else if (next !== "") out.push(next);
  }
  return out;
}

/** Without links and marks: a link holds no other one. */
function plain(nodes) {
  return settle(
    nodes.flatMap((node) => {
      if (typeof node === "string") return [node];
      if (node.mark) return [`[${node.mark}]`];
      const children = node.children && plain(node.children);
      return node.tag === "a" ? children : [{ ...node, children }];
    }),
  );
}
