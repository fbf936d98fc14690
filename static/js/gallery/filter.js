// Gallery: applies a filter as soon as it changes, and keeps the focus on the new page.

import { takeItem } from "../lib/session.js";
import { debounce } from "../lib/timing.js";

const key = "filtered by";
const form = document.querySelector(".search-form");
let changed = "";

// Arrow keys pass through other choices on the way to the right one.
const submitSoon = debounce(() => {
  sessionStorage.setItem(key, changed);
  form.requestSubmit();
}, 400);

form.querySelector(".filters").addEventListener("change", ({ target }) => {
  // A year that is still being typed looks like one of the first centuries.
  if (target.type === "date" && target.value && target.value < "1900") return;
  changed = target.id;
  submitSoon();
});

const last = takeItem(key);
if (last) document.getElementById(last)?.focus();
