// Paint: lets somebody paint where a style goes.

import { addressOf, editMask, notSaved } from "../mask/edit.js";
import { isPhotoPending, shownPhoto } from "./photo.js";
import { form, say, slots } from "./slots.js";
import { setMask } from "./tiles.js";

slots.style.addEventListener("click", async ({ target }) => {
  const tile = target.closest(".edit-mask")?.closest(".style-tile");
  if (!tile) return;
  if (!shownPhoto() || !form.elements.photo_id.value) return say(slots.style, "Choose a photo first, then paint where the style goes.", "no-photo");
  if (isPhotoPending()) return say(slots.style, "The photo is still uploading. Paint where the style goes when it is done.", "photo-on-its-way");
  try {
    const id = await editMask({
      name: tile.querySelector(".name").textContent,
      src: shownPhoto().src,
      mask: addressOf(tile.querySelector(".mask").value),
      uploads: form.dataset.uploads,
      opener: tile.querySelector(".edit-mask"),
    });
    if (id === null) return;
    say(slots.style, "");
    setMask(tile, id);
  } catch (error) {
    say(slots.style, notSaved(error), error.code ?? "lost");
  }
});
