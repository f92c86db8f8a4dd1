// The gateway's API, with the reader's key.

import { readKey } from "./session.js";

const PATIENCE = 20_000; // milliseconds for an answer that is no stream
const SILENCE = 60_000; // for the next piece of a stream; the gateway says every 15 s that it is there

/** A refusal, or a failure on the way; its message is for the reader. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "", wait = 0 } = {}) {
    super(message);
    Object.assign(this, { status, code, wait });
  }

  get retryable() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** Calls the API: the JSON object of the answer, or null. Throws ApiError, and AbortError where `signal` says so. */
export async function call(method, path, { body, signal } = {}) {
  const timeout = AbortSignal.timeout(PATIENCE);
  const response = await send(method, path, { body, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  const text = await reach(response.text());
  return text ? parse(text) : null;
}

/** The events of a stream as they come: {name, data}. Throws as `call`; leaving the loop hangs up. */
export async function* stream(method, path, { body, signal } = {}) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE);
  const both = AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await send(method, path, { body, signal: both, accept: "text/event-stream" });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { done, value } = await reach(reader.read(), signal);
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
      const parts = (held + value).split("\n\n");
      held = parts.pop();
      for (const part of parts) if (part.includes("data: ")) yield parseEvent(part);
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function parseEvent(text) {
  const fields = Object.fromEntries(text.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
  return { name: fields.event, data: parse(fields.data) };
}

/** A proxy on the way may answer in the gateway's place. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError("The bot cannot be reached: something else answers in its place.");
    throw error;
  }
}

async function send(method, path, { body, signal, accept = "application/json" }) {
  const headers = { Accept: accept };
  const key = readKey();
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = { method, headers, signal, credentials: "omit", cache: "no-store", redirect: "error" };
  const response = await reach(fetch(path, { ...sent, body: body === undefined ? undefined : JSON.stringify(body) }), signal);
  if (!response.ok) throw await refusal(response);
  return response;
}

/** What goes wrong on the line as an ApiError; what the reader ended himself as it is. */
async function reach(work, signal) {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof TypeError) throw new ApiError("The bot cannot be reached.");
    if (error instanceof DOMException) throw new ApiError("The bot does not answer.");
    throw error;
  }
}

async function refusal(response) {
  let error = {};
  try {
    error = JSON.parse(await response.text()).error ?? {};
  } catch (failure) {
    if (!(failure instanceof SyntaxError || failure instanceof TypeError)) throw failure; // a proxy's own page
  }
  const wait = Number(response.headers.get("Retry-After")) || 0;
  const message = error.message ?? "The bot cannot be reached.";
  return new ApiError(message, { status: response.status, code: error.code, wait });
}
