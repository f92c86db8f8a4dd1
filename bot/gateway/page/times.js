// Moments and amounts in words.

const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

export const secondsSince = (moment) => Math.max(0, (Date.now() - Date.parse(moment)) / 1_000);

/** "3 hours ago" */
export function ago(moment) {
  const seconds = secondsSince(moment);
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["", 0];
  return unit ? relative.format(-Math.floor(seconds / length), unit) : "just now";
}

/** "24 Nov 2026, 14:05" */
export const inFull = (moment) => new Date(moment).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** "240 ms", "3.1 s" */
export const duration = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1_000)}\u00a0ms` : `${seconds.toFixed(seconds < 10 ? 1 : 0)}\u00a0s`);
