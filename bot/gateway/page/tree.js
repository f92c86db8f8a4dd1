// A tree of Markdown → the document. The only way for a model's or a page's text into it: elements and attributes
// that are listed here, addresses that are a web page's, and text nodes.

import { webAddress } from "./addresses.js";

const TAGS = new Set(
  "a blockquote br button code del div em h3 h4 h5 h6 hr li ol p pre span strong table tbody td th thead tr ul".split(" "),
);
const ATTRIBUTES = new Set(["aria-label", "class", "dir", "role", "start", "tabindex", "type"]);
const WRITTEN = new Set("blockquote h3 h4 h5 h6 li ol p td th ul".split(" ")); // may be in any direction

/** Makes the children of an element those of the tree. What is there already stays, so that a text which grows does
 * not flicker, and a selection in it is kept. `source(number)` is the id of a source's entry. */
export function patch(parent, nodes, source) {
  let at = parent.firstChild;
  for (const node of nodes) {
    if (typeof node === "string") at = patchText(parent, at, node);
    else at = patchElement(parent, at, describe(node, source), source);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function patchText(parent, at, text) {
  if (at?.nodeType !== Node.TEXT_NODE) {
    parent.insertBefore(document.createTextNode(text), at);
    return at;
  }
  if (at.data !== text) at.data = text;
  return at.nextSibling;
}

function patchElement(parent, at, { tag, attributes = {}, children = [] }, source) {
  if (!TAGS.has(tag)) throw new TypeError(`no such element: ${tag}`);
  const found = [at, at?.nextSibling].find((one) => one?.nodeType === Node.ELEMENT_NODE && one.localName === tag);
  if (found && found !== at) at.remove(); // what stood before it has become something else
  const element = found ?? parent.insertBefore(document.createElement(tag), at);
  const wanted = allowed(tag, attributes);
  for (const { name } of [...element.attributes]) if (!wanted.has(name)) element.removeAttribute(name);
  for (const [name, value] of wanted) if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  patch(element, children, source);
  return found ? found.nextSibling : at;
}

function allowed(tag, attributes) {
  const wanted = new Map();
  if (WRITTEN.has(tag)) wanted.set("dir", "auto");
  for (const [name, value] of Object.entries(attributes)) if (ATTRIBUTES.has(name)) wanted.set(name, value);
  const href = tag === "a" ? webAddress(attributes.href ?? "") : "";
  if (href) for (const pair of Object.entries({ href, target: "_blank", rel: "noopener noreferrer" })) wanted.set(...pair);
  if (tag === "a" && attributes.mark) wanted.set("href", `#${attributes.mark}`);
  return wanted;
}

/** The element of what is more than one. */
function describe(node, source) {
  if (node.mark) {
    const attributes = { class: "mark", mark: source(node.mark), "aria-label": `Source ${node.mark}` };
    return { tag: "a", attributes, children: [String(node.mark)] };
  }
  if (node.table) return scrolling("div", "table", "Table", [node.table]);
  if (node.code === undefined) return node;
  const copy = { tag: "button", attributes: { type: "button", class: "copy" }, children: ["Copy"] };
  const name = { tag: "span", attributes: { class: "language" }, children: node.language ? [node.language] : [] };
  const code = { tag: "code", children: [node.code] };
  const label = node.language ? `Code, ${node.language}` : "Code";
  const children = [{ tag: "div", attributes: { class: "bar" }, children: [name, copy] }, scrolling("pre", "", label, [code])];
  return { tag: "div", attributes: { class: "code", dir: "ltr" }, children };
}

/** What may be wider than the page: it scrolls by itself, and can be reached by keyboard to do so. */
const scrolling = (tag, name, label, children) => ({
  tag,
  attributes: { ...(name && { class: name }), tabindex: "0", role: "region", "aria-label": label },
  children,
});
