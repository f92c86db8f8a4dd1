// Markdown → a tree [string | {tag, attributes, children} | {mark} | {code, language}]. Knows no document. HTML is
// text like any other. Time is proportional to the text but for nesting, which ends at a depth.

import { parseInline } from "./inline.js";

const DEEPEST = 8; // lists and quotes within each other
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]{0,200})$/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const UNDERLINE = /^ {0,3}(={2,}|-{3,})[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-+*]|\d{1,9}[.)])([ \t]+|$)/;
const HALF = /^\s*(?:[-+*=_~]+|\d{1,9}[.)]?|#{1,6}|`{1,2}|>+|\|.*)\s*$/;

/** The blocks of a text, every one on a level of its own. */
export function parseMarkdown(text) {
  return parseBlocks(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), 0);
}

/** What can be shown of a text that is still being written: marks that open something are closed, and a last line
 * that may become anything waits. */
export function closeOpen(text) {
  const start = text.lastIndexOf("\n") + 1;
  if (HALF.test(text.slice(start))) return text.slice(0, start);
  const last = text.slice(text.lastIndexOf("\n\n") + 1);
  if (/^ {0,3}(?:```|~~~)/m.test(last)) return text;
  if ((last.match(/`/g) ?? []).length % 2) return `${text}\``;
  if ((last.match(/\*\*/g) ?? []).length % 2) return text.endsWith("**") ? text.slice(0, -2) : `${text.trimEnd()}**`;
  return text;
}

function parseBlocks(lines, depth) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) at += 1;
    else {
      const [block, next] = readBlock(lines, at, depth);
      blocks.push(block);
      at = next;
    }
  }
  return blocks;
}

/** The block that begins at a line, and where the next one does. */
function readBlock(lines, at, depth) {
  const line = lines[at];
  const nested = depth < DEEPEST;
  return (
    readFence(lines, at) ??
    readHeading(line, at) ??
    (isRule(line) ? [{ tag: "hr" }, at + 1] : null) ??
    (nested && QUOTE.test(line) ? readQuote(lines, at, depth) : null) ??
    (nested && ITEM.test(line) ? readList(lines, at, depth) : null) ??
    readTable(lines, at) ??
    (line.startsWith("    ") ? readIndented(lines, at) : null) ??
    readParagraph(lines, at)
  );
}

const isRule = (line) => line.length < 200 && RULE.test(line);
const beginsBlock = (line) => FENCE.test(line) || HEADING.test(line) || QUOTE.test(line) || isRule(line) || ITEM.test(line);

function readFence(lines, at) {
  const open = FENCE.exec(lines[at]);
  if (!open) return null;
  const indent = lines[at].search(/\S/);
  const close = new RegExp(`^ {0,3}${open[1][0]}{${Math.min(open[1].length, 500)},}[ \\t]*$`);
  let end = at + 1;
  while (end < lines.length && !close.test(lines[end])) end += 1;
  const inside = lines.slice(at + 1, end).map((line) => dedent(line, indent));
  const language = /^[\w+#.-]{1,30}/.exec(open[2])?.[0] ?? "";
  return [{ code: inside.join("\n"), language }, end + 1];
}

function readHeading(line, at) {
  const found = HEADING.exec(line);
  if (!found) return null;
  const text = line.slice(found[0].length).trim().replace(/(?:^|[ \t])#+$/, "").trim();
  return [heading(found[1].length, text), at + 1];
}

/** Below the question, which is the second level of the page. */
const heading = (level, text) => ({ tag: `h${Math.min(6, level + 2)}`, children: parseInline(text) });

function readQuote(lines, at, depth) {
  let end = at;
  const inside = [];
  while (end < lines.length && (QUOTE.test(lines[end]) || continues(lines, end))) {
    inside.push(lines[end].replace(QUOTE, ""));
    end += 1;
  }
  return [{ tag: "blockquote", children: parseBlocks(inside, depth + 1) }, end];
}

/** Whether a line goes on with the paragraph of the line before. */
const continues = (lines, at) => Boolean(lines[at].trim() && lines[at - 1].trim() && !beginsBlock(lines[at]));

function readList(lines, at, depth) {
  const first = ITEM.exec(lines[at]);
  const kind = (item) => (/\d/.test(item[2]) ? item[2].at(-1) : item[2]);
  const items = [];
  let loose = false;
  let end = at;
  for (;;) {
    const item = end < lines.length ? ITEM.exec(lines[end]) : null;
    if (!item || kind(item) !== kind(first) || isRule(lines[end])) break;
    const read = readItem(lines, end, item);
    items.push(read.inside);
    loose ||= read.inside.some((line, n) => !line.trim() && n < read.inside.length - 1);
    const next = skipBlank(lines, read.end);
    const again = next < lines.length ? ITEM.exec(lines[next]) : null;
    const more = again !== null && kind(again) === kind(first);
    loose ||= more && next > read.end;
    end = more ? next : read.end;
  }
  const ordered = /\d/.test(first[2]);
  const start = ordered ? parseInt(first[2], 10) : 1;
  const children = items.map((inside) => ({ tag: "li", children: listItem(inside, depth, loose) }));
  return [{ tag: ordered ? "ol" : "ul", attributes: start === 1 ? {} : { start: String(start) }, children }, end];
}

/** The lines of an item without its marker, and the line behind it. */
function readItem(lines, at, item) {
  const outer = item[1].length;
  const gap = item[3].length > 4 || !item[3] ? 1 : item[3].length;
  const inner = outer + item[2].length + gap;
  const inside = [lines[at].slice(Math.min(inner, item[0].length))];
  let end = at + 1;
  while (end < lines.length) {
    const indent = lines[end].search(/\S/);
    const blank = indent < 0;
    if (blank && (end + 1 >= lines.length || lines[end + 1].search(/\S/) < Math.min(inner, outer + 2))) break;
    if (!blank && indent < Math.min(inner, outer + 2) && !continues(lines, end)) break;
    inside.push(dedent(lines[end], inner));
    end += 1;
  }
  return { inside, end };
}

function listItem(inside, depth, loose) {
  const box = /^\[([ xX])\] /.exec(inside[0]);
  if (box) inside[0] = `${box[1] === " " ? "☐" : "☑"} ${inside[0].slice(4)}`;
  const blocks = parseBlocks(inside, depth + 1);
  return loose ? blocks : blocks.flatMap((block) => (block.tag === "p" ? block.children : [block]));
}

const skipBlank = (lines, at) => {
  let next = at;
  while (next < lines.length && !lines[next].trim()) next += 1;
  return next;
};

function dedent(line, most) {
  const indent = line.search(/\S/);
  return indent < 0 ? "" : line.slice(Math.min(indent, most));
}

function readTable(lines, at) {
  if (!lines[at].includes("|") || at + 1 >= lines.length) return null;
  const head = cells(lines[at]);
  const rule = cells(lines[at + 1]);
  if (head.length !== rule.length || !rule.every((cell) => /^:?-+:?$/.test(cell))) return null;
  const align = rule.map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "end") : ""));
  const row = (texts, tag) => ({
    tag: "tr",
    children: head.map((_, n) => ({ tag, attributes: align[n] ? { class: align[n] } : {}, children: parseInline(texts[n] ?? "") })),
  });
  const body = [];
  let end = at + 2;
  while (end < lines.length && lines[end].trim() && !beginsBlock(lines[end])) body.push(row(cells(lines[end++]), "td"));
  const children = [{ tag: "thead", children: [row(head, "th")] }, { tag: "tbody", children: body }];
  return [{ table: { tag: "table", children } }, end];
}

function cells(line) {
  const bare = line.trim().replace(/^\|/, "");
  const found = [""];
  for (let at = 0; at < bare.length; at += 1) {
    if (bare[at] === "\\" && bare[at + 1] === "|") found[found.length - 1] += bare[++at];
    else if (bare[at] === "|") found.push("");
    else found[found.length - 1] += bare[at];
  }
  if (found.length > 1 && !found.at(-1).trim()) found.pop();
  return found.slice(0, 40).map((cell) => cell.trim());
}

function readIndented(lines, at) {
  let end = at;
  while (end < lines.length && (lines[end].startsWith("    ") || !lines[end].trim())) end += 1;
  return [{ code: lines.slice(at, end).map((line) => line.slice(4)).join("\n").trimEnd(), language: "" }, end];
}

function readParagraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && continues(lines, end)) {
    if (UNDERLINE.test(lines[end])) break;
    end += 1;
  }
  const text = lines.slice(at, end).map((line) => line.trimStart()).join("\n").trimEnd();
  const under = end < lines.length ? UNDERLINE.exec(lines[end]) : null;
  if (under && lines[end - 1].trim()) return [heading(under[1][0] === "=" ? 1 : 2, text), end + 1];
  return [{ tag: "p", children: parseInline(text) }, end];
}
