// A painting: shows its progress while it is painted.

import { request } from "../lib/http.js";
import { replaceImage } from "../lib/images.js";
import { pause, poll } from "../lib/timing.js";

const painting = document.querySelector("#painting");
const find = (id) => document.getElementById(id);
let { version } = painting.dataset;
let wait = Number(painting.dataset.wait);
let etag = "";

// Reload, but not while a mask is being painted or sent, which would lose it.
async function reload() {
  while (document.querySelector("dialog[open], [data-masking]")) await pause(200);
  location.reload();
}

function show(state) {
  find("sentence").textContent = state.sentence;
  find("percent").textContent = `${state.percent} %`;
  find("meter").value = state.percent;
  find("detail").textContent = state.detail ?? "";
  find("detail").hidden = !state.detail;
  find("curve").hidden = !state.curve;
  find("curve").querySelector("polyline").setAttribute("points", state.curve);
}

async function ask() {
  const answer = await request(painting.dataset.poll, { headers: etag && { "If-None-Match": etag } }).catch((error) => {
    if (error.status !== 404) throw error;
  });
  find("lost").hidden = true;
  if (!answer) return reload();
  if (answer.status === 304) return wait;
  const state = await answer.json();
  painting.dispatchEvent(new CustomEvent("state", { detail: state }));
  if (state.status !== painting.dataset.status) return reload();
  show(state);
  if (state.version !== version && (await replaceImage(find("preview"), state.preview))) version = state.version;
  etag = answer.headers.get("ETag"); // only now, so that a failure above is tried again
  return (wait = state.poll_ms);
}

poll(ask, {
  wait,
  onLost: (times) => {
    if (times > 1) find("lost").hidden = false;
  },
});
