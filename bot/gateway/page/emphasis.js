// Pairs of * _ ~ among what stands within a line: [string | node | {char, count, opens, closes}] → [string | node].
// Takes time proportional to their number.

const DEEPEST = 16; // elements within elements
const LOOKS = 64; // openers that a closer is compared with

/** Pairs the delimiters; those that have no partner are text. */
export function emphasise(items) {
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
export function plain(nodes) {
  return settle(
    nodes.flatMap((node) => {
      if (typeof node === "string") return [node];
      if (node.mark) return [`[${node.mark}]`];
      const children = node.children && plain(node.children);
      return node.tag === "a" ? children : [{ ...node, children }];
    }),
  );
}
