// Which addresses a link may have.

/** The address where it is a web page's; empty for everything else: scripts, data, files, relative ones. */
export function webAddress(text) {
  if (!/^https?:\/\//i.test(text)) return "";
  try {
    return new URL(text).href;
  } catch {
    return ""; // not an address
  }
}
