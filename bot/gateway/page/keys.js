// The form that asks for a key.

import { ApiError, call } from "./api.js";
import { make } from "./dom.js";
import { readKey, writeKey } from "./session.js";

/** The state of the index for the reader, asking for a key until he has one that may do this. `place` holds the form
 * meanwhile. Throws ApiError for everything else. */
export async function enter(place, { scope, purpose }) {
  let problem = "";
  for (;;) {
    const status = await look();
    if (status?.you.scopes.includes(scope)) {
      place.replaceChildren();
      return status;
    }
    if (readKey()) {
      problem ||= status ? `This key may not do that: it has not the scope ${scope}.` : "This key is not known here.";
      writeKey("");
    }
    writeKey(await ask(place, purpose, problem));
    problem = "";
  }
}

/** Null where a key is needed. */
async function look() {
  try {
    return await call("GET", "/v1/status");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

function ask(place, purpose, problem) {
  return new Promise((resolve) => {
    const described = { "aria-describedby": "key-problem", "aria-invalid": problem ? "true" : null };
    const input = make("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true, ...described });
    const submit = (event) => {
      event.preventDefault();
      resolve(input.value.trim());
    };
    place.replaceChildren(
      make(
        "form",
        { class: "key", submit },
        make("h2", {}, "A key, please"),
        make("p", {}, purpose),
        make("label", { for: "key" }, "Key"),
        make("div", { class: "line" }, input, make("button", { class: "main" }, "Continue")),
        make("p", { id: "key-problem", class: "problem", role: "alert" }, problem),
      ),
    );
    if (problem) input.focus();
  });
}
