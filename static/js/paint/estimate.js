// Paint: updates the estimate when a setting changes.

import { Refused, getJson } from "../lib/http.js";
import { debounce } from "../lib/timing.js";
import { form } from "./slots.js";

const place = document.querySelector("#estimate");

const update = debounce(async () => {
  const chosen = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrf_token");
  try {
    place.textContent = (await getJson(`${place.dataset.ask}?${new URLSearchParams(chosen)}`)).sentence;
  } catch (error) {
    if (error instanceof Refused && error.status < 500) place.textContent = error.message;
  }
}, 400);

form.addEventListener("input", update);
form.addEventListener("staged", update);
