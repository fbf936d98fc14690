// Paint: a picture that was painted here contains its recipe, which fills the form.

import { setValue } from "../lib/sliders.js";
import { form } from "./slots.js";

const recalled = document.querySelector("#recipe-loaded");
let previous = null;

function fillForm(recipe) {
  for (const [name, value] of Object.entries(recipe)) {
    const field = form.elements[name];
    if (!field || name === "feedforward_style") continue;
    const ticks = [...form.querySelectorAll(`[type=checkbox][name="${name}"]`)];
    for (const tick of ticks) tick.checked = value.split(", ").includes(tick.value);
    if (field instanceof RadioNodeList) field.value = value;
    else if (!ticks.length) setValue(field, value);
  }
  form.dispatchEvent(new Event("input"));
}

form.addEventListener("recipe", ({ detail }) => {
  const now = new FormData(form);
  previous = Object.fromEntries(Object.keys(detail).map((name) => [name, now.getAll(name).join(", ")]));
  fillForm(detail);
  recalled.hidden = false;
});
document.querySelector("#restore-settings").addEventListener("click", () => {
  fillForm(previous);
  recalled.hidden = true;
});
