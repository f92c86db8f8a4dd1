// Elements of our own making. What others wrote comes in as strings only, and strings become text nodes.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Properties: attributes, and functions as listeners; null, undefined and false leave one out. */
export function make(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function draw(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  up: "M7 11v9H4v-9zm0 0 4-8c1.5 0 2.5 1 2.5 2.5V9H19a1.8 1.8 0 0 1 1.8 2.1l-1.2 7A2.2 2.2 0 0 1 17.4 20H7",
  down: "M17 13V4h3v9zm0 0-4 8c-1.5 0-2.5-1-2.5-2.5V15H5a1.8 1.8 0 0 1-1.8-2.1l1.2-7A2.2 2.2 0 0 1 6.6 4H17",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  copy: "M9 9h10v11H9zM5 15V4h10",
  again: "M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5",
  none: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 17v.1",
  failed: "M12 4 2.8 20h18.4zM12 10v4m0 3v.1",
};

/** A drawing that says nothing to a screen reader: whatever it stands in has its words. */
export function icon(name) {
  return draw("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, draw("path", { d: PATHS[name] }));
}

/** A button with a drawing, and a name for those who do not see it. */
export function iconButton(name, label, click, properties = {}) {
  return make("button", { type: "button", class: "quiet", title: label, "aria-label": label, click, ...properties }, icon(name));
}

/** Puts text on the clipboard; false where the browser does not let it. */
export async function copy(text) {
  if (!navigator.clipboard) return false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

/** Says a sentence to a screen reader, after what it is saying now. */
export function announce(text) {
  const place = document.getElementById("said");
  place.append(make("p", {}, text));
  while (place.childElementCount > 20) place.firstChild.remove();
}
