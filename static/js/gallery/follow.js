// Gallery: updates the paintings in progress while the page is open.

import { getJson } from "../lib/http.js";
import { replaceImage } from "../lib/images.js";
import { poll } from "../lib/timing.js";

function follow(item) {
  let version = "";
  const ask = async () => {
    const state = await getJson(item.dataset.poll);
    if (state.poll_ms === 0) return location.reload();
    item.querySelector(".sentence").textContent = state.sentence;
    item.querySelector(".meter").value = state.percent;
    const percent = item.querySelector(".percent");
    if (percent) percent.textContent = state.percent;
    if (version && version !== state.version) await replaceImage(item.querySelector("img"), state.preview);
    version = state.version;
    return 1.5 * state.poll_ms;
  };
  poll(ask, { wait: 1500 });
}

document.querySelectorAll("[data-poll]").forEach(follow);
