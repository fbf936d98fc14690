// Paint: what the form asks a draft of.

import { form } from "./slots.js";

// Return what to draft as JSON, or an empty string.
export function draftRequest() {
  const uses = [...form.querySelectorAll(".use:checked:enabled")];
  const content = form.elements.photo_id.value;
  if (!content || !uses.length) return "";
  const percent = (name) => Number(form.elements[name].value);
  const sliders = { strength: percent("strength"), keep_colours: percent("keep_colours") };
  const instant = uses.find((use) => use.name === "feedforward_style")?.value;
  if (instant) return JSON.stringify({ content, feedforward_style: instant, ...sliders });
  const styles = uses.map((use) => ({ id: use.value, weight: Number(form.elements[`share-${use.value}`].value) }));
  return JSON.stringify({ content, styles, ...sliders });
}

// Return the code of what is to be said about the draft of a request.
export function codeOf(request) {
  if (JSON.parse(request).feedforward_style) return "instant";
  return [...form.querySelectorAll(".mask")].some((mask) => mask.value) ? "masked" : "here";
}
