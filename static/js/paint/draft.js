// Paint: orders a draft after every change, and waits for it.

import { Refused, post, request } from "../lib/http.js";
import { debounce, pause } from "../lib/timing.js";
import { codeOf, draftRequest } from "./draft-request.js";
import { hide, isPeeking, isShown, peek, peekAt, say, show } from "./draft-view.js";
import { form } from "./slots.js";

let shown = "";
let controller = null;

// Return the draft, or null if it is gone: another page of this visitor asked for a different one, or it was lost.
async function fetchDraft(url, signal) {
  // Ask often at first, while it is likely to be ready, and then less and less.
  for (let tries = 1, wait = 100; ; tries += 1) {
    try {
      const found = await request(url, { signal });
      if (found.status === 200) return await found.blob();
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
    await pause(wait);
    if (tries > 20) wait = Math.min(1.2 * wait, 2000);
  }
}

async function draft(wanted, signal) {
  const asked = await post(form.dataset.drafts, wanted, { headers: { "Content-Type": "application/json" }, signal });
  const late = setTimeout(() => signal.aborted || say(asked.state, asked.sentence), asked.state === "busy" ? 500 : 0);
  try {
    return await fetchDraft(asked.url, signal);
  } finally {
    clearTimeout(late);
  }
}

async function follow() {
  const wanted = draftRequest();
  if (wanted === shown) {
    if (isShown() && !isPeeking()) say(codeOf(wanted));
    return;
  }
  controller?.abort();
  shown = wanted;
  if (!wanted) {
    hide();
    return say("");
  }
  const { signal } = (controller = new AbortController());
  for (let tries = 0; tries < 40 && !signal.aborted; tries += 1) {
    try {
      const picture = await draft(wanted, signal);
      if (signal.aborted) return;
      if (picture) {
        await show(picture);
        return say(codeOf(wanted));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused) return say(error.code, error.message);
      say("lost");
    }
    await pause(1500 + 500 * tries);
    while (document.hidden) await pause(1000);
  }
}

const schedule = debounce(follow, 150);

for (const what of ["input", "change", "staged"]) form.addEventListener(what, schedule);
new MutationObserver(schedule).observe(document.querySelector("#styles"), { childList: true });

// Another photo: drop the draft that was made on the previous one.
form.addEventListener("photo-changed", () => {
  shown = "";
  controller?.abort();
  hide();
  say("");
});

peek.addEventListener("click", () => {
  const photo = !isPeeking();
  peekAt(photo);
  say(photo ? "photo" : codeOf(shown));
});

schedule();
window.addEventListener("pageshow", schedule);
