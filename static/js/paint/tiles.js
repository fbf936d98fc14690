// Paint: the tiles of the chosen styles, also while one uploads.

import { form, slots } from "./slots.js";
import { updateAddress } from "./address.js";

const slot = slots.style;
const list = slot.querySelector(".styles");
const mix = document.querySelector("#mix");
const replaced = new WeakMap(); // the tiles that a new tile replaced, for as long as its own picture may be refused

function show(url, name, key, kind = "style") {
  // Unless styles are mixed, a new one replaces the others; an instant style is always alone.
  const others = [...list.children].filter((other) => kind === "instant" || !mix.checked || other.querySelector("[name=feedforward_style]"));
  const tile = document.querySelector(`#${kind}-template`).content.firstElementChild.cloneNode(true);
  tile.dataset.key = key;
  tile.querySelector("img").src = url;
  const words = name.replace(/\.[^.]+$/, "").replace(/[_\s]+/g, " ");
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  tile.querySelector(".name").textContent = title;
  if (kind === "style") tile.querySelector(".share .unseen").textContent = `Share of ${title}`;
  tile.querySelector(".use").disabled = true;
  // For a tile that is itself still uploading, remember what it replaced.
  replaced.set(tile, others.flatMap((other) => replaced.get(other) ?? [other]));
  for (const other of others) other.remove();
  list.append(tile);
  return tile;
}

function fill(tile, id) {
  replaced.delete(tile);
  const box = tile.querySelector(".use");
  box.value = id;
  box.disabled = false;
  if (box.name === "feedforward_style") return;
  tile.querySelector(".share input").name = `share-${id}`;
  tile.querySelector(".mask").name = `mask-${id}`;
}

// Show a style that needs no upload: an instant one, or one of the visitor's own.
export function addStyle({ src, name, id, instant }) {
  fill(show(src, name, instant ?? id, instant ? "instant" : "style"), instant ?? id);
  updateAddress();
}

// Show a style while it uploads, too. It stays until it is unticked or replaced.
export function tryStyle(url, name, { file, pictureId = "" }) {
  const tile = show(url, name, pictureId);
  const isCurrent = () => tile.isConnected;
  const keep = (staged) => {
    form.querySelector(`.use[value="${staged.id}"]`)?.closest(".style-tile").remove();
    fill(tile, staged.id);
    if (!file) return;
    tile.dataset.key = staged.id;
    form.dispatchEvent(new CustomEvent("add-style-option", { detail: tile }));
  };
  const undo = () => tile.replaceWith(...replaced.get(tile));
  return { slot, isCurrent, keep, undo };
}

export function setMask(tile, id) {
  const mask = tile.querySelector(".mask");
  mask.value = id;
  tile.querySelector(".edit-mask").dataset.state = id ? "masked" : "everywhere";
  tile.querySelector(".edit-mask span").textContent = id ? "Change where it goes" : "Choose where it goes";
  form.dispatchEvent(new Event("change"));
}

// Masks belong to one photo. Clear those of tiles, too, that come back if a style is refused.
export function clearMasks() {
  const tiles = [...list.children].flatMap((tile) => [tile, ...(replaced.get(tile) ?? [])]);
  for (const tile of tiles) if (tile.querySelector(".mask")) setMask(tile, "");
}

slot.addEventListener("change", ({ target }) => {
  if (!target.matches(".use")) return;
  if (!target.checked) target.closest(".style-tile").remove(); // it is still listed in the style picker
  updateAddress();
});
