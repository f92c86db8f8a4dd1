// What this tab remembers: the key and the conversation. Nothing outlives the tab.

const KEY = "docsbot.key";
const CHAT = "docsbot.chat";
const TURNS = 40;
const ID = /^[\w-]{22}$/;

const memory = new Map(); // where the browser keeps nothing

function read(name) {
  try {
    return sessionStorage.getItem(name);
  } catch (error) {
    if (error instanceof DOMException) return memory.get(name) ?? null;
    throw error;
  }
}

function write(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    memory.set(name, value);
  }
}

export const readKey = () => read(KEY) ?? "";
/** What no header can hold is kept as a key that nobody has: it is refused like any other. */
export const writeKey = (key) => write(KEY, /[^\x21-\x7e]/.test(key) ? "-" : key || null);

/** Takes a key out of the address (`#key=…`), which is then without it; false where there is none. */
export function takeKey() {
  const given = /^#key=(.+)$/.exec(location.hash);
  if (!given) return false;
  history.replaceState(null, "", location.pathname + location.search);
  let key = given[1];
  try {
    key = decodeURIComponent(key);
  } catch (error) {
    if (!(error instanceof URIError)) throw error; // as it stands
  }
  writeKey(key.trim());
  return true;
}

/** {conversation, turns}, as it was written; an empty one for everything else. */
export function readChat() {
  try {
    const chat = JSON.parse(read(CHAT) ?? "{}");
    const turns = Array.isArray(chat?.turns) ? chat.turns.filter((turn) => typeof turn?.question === "string") : [];
    if (turns.length) return { conversation: ID.test(chat.conversation) ? chat.conversation : null, turns };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { conversation: null, turns: [] };
}

export const writeChat = ({ conversation, turns }) => write(CHAT, JSON.stringify({ conversation, turns: turns.slice(-TURNS) }));
export const forgetChat = () => write(CHAT, null);
