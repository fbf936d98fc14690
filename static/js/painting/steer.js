// A painting: sends slider changes at once, and shows those made on another page.

import { Refused, post, sentenceOf } from "../lib/http.js";
import { pairSliders, setValue } from "../lib/sliders.js";
import { debounce } from "../lib/timing.js";

const painting = document.querySelector("#painting");
const form = document.querySelector("#steer");
const error = document.querySelector("#steer-error");
let version = Number(form.dataset.version);
let waiting = new Map();
let sending = false;

export function say(sentence) {
  error.hidden = !sentence;
  error.querySelector("span").textContent = sentence;
}

// Note the version that a change of ours made, so that it is not taken for one from another page.
export function accept({ recipe_version: newest }) {
  version = newest;
  say("");
}

async function send() {
  if (sending || !waiting.size) return;
  sending = true;
  const sent = waiting;
  waiting = new Map();
  try {
    accept(await post(form.action, new URLSearchParams([...sent]), { keepalive: true }));
  } catch (reason) {
    say(sentenceOf(reason, "The connection is lost, so this change has not arrived yet. Trying again."));
    if (!(reason instanceof Refused)) {
      waiting = new Map([...sent, ...waiting]);
      setTimeout(send, 3000);
    }
  } finally {
    sending = false;
  }
  if (error.hidden) send();
}

const sendSoon = debounce(send, 250);

pairSliders(form, (box) => {
  if (box.value === "" || !box.checkValidity()) return;
  waiting.set(box.name, box.value);
  sendSoon();
});

// Send what is pending when the page is left, or reloads because the painting's status changed.
window.addEventListener("pagehide", send);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

painting.addEventListener("state", ({ detail: state }) => {
  if (state.recipe_version <= version || waiting.size || sending) return;
  version = state.recipe_version;
  for (const [name, value] of Object.entries(state.sliders)) {
    const box = form.elements[name];
    if (box && box !== document.activeElement) setValue(box, value);
  }
});
