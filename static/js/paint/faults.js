// Paint: removes each fault from the list as it is fixed.

import { form } from "./slots.js";

const faults = document.querySelector("#faults");
faults?.focus();

function markFixed(name) {
  faults?.querySelector(`[data-of="${name}"]`)?.remove();
  if (faults && !faults.querySelector("li")) faults.hidden = true;
}

form.addEventListener("input", ({ target }) => markFixed(target.dataset.of ?? target.name));
form.addEventListener("staged", () => {
  if (form.elements.photo_id.value) markFixed("photo");
  if (form.querySelector(".use:checked")) markFixed("style");
});
