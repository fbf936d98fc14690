// Paint: keeps the pictures in the address, so that going back or reloading finds them again.

import { form } from "./slots.js";

export function updateAddress() {
  const query = new URLSearchParams();
  if (form.elements.photo_id.value) query.append("photo", form.elements.photo_id.value);
  for (const box of form.querySelectorAll(".use:checked:enabled")) query.append(box.name === "feedforward_style" ? "feedforward_style" : "style", box.value);
  history.replaceState(null, "", query.size ? `/?${query}` : "/");
}
