// Paint: shows the chosen photo, also while it uploads.

import { form, slots } from "./slots.js";
import { clearMasks } from "./tiles.js";

const slot = slots.content;
const view = slot.querySelector(".picture-view");
const caption = slot.querySelector(".caption .name");
let pending = null;

export const shownPhoto = () => slot.querySelector(".shown");
export const isPhotoPending = () => Boolean(pending);

function show(url, name) {
  let img = shownPhoto();
  if (!img) {
    img = Object.assign(document.createElement("img"), { className: "shown", alt: "Your photo" });
    view.prepend(img);
  }
  img.onload = () => view.style.setProperty("--ratio", img.naturalWidth / img.naturalHeight);
  form.dispatchEvent(new CustomEvent("photo-changed"));
  img.src = url;
  view.classList.remove("bare");
  caption.textContent = name;
}

function hide(hint) {
  shownPhoto().remove();
  view.classList.add("bare");
  caption.textContent = hint;
}

// Show a photo while it uploads. The newest one counts; if it is refused, the last accepted one comes back.
export function tryPhoto(url, name) {
  const before = pending?.before ?? { url: shownPhoto()?.src, name: caption.textContent };
  const isCurrent = () => pending === attempt;
  const keep = (staged) => {
    pending = null;
    clearMasks();
    form.elements.photo_id.value = staged.id;
    if (staged.recipe) form.dispatchEvent(new CustomEvent("recipe", { detail: staged.recipe }));
  };
  const undo = () => {
    pending = null;
    if (before.url) show(before.url, before.name);
    else hide(before.name);
    form.dispatchEvent(new Event("change")); // its draft was removed when the other photo was shown
  };
  const attempt = { slot, before, isCurrent, keep, undo };
  show(url, name);
  return (pending = attempt);
}
