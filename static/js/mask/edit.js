// Masks: asks where a style goes, and stores the answer.

import { upload } from "../lib/upload.js";
import { sentenceOf } from "../lib/http.js";

// Return the id of the mask, "" for everywhere, or null if nothing was changed. `src` and `mask` are the addresses of the photo
// and of the mask so far.
export async function editMask({ name, src, mask, uploads, opener }) {
  // Most visitors never paint a mask, so the dialog is loaded when somebody does.
  const { paintMask } = await import("./dialog.js");
  const painted = await paintMask({ title: `Where “${name}” goes`, src, mask });
  opener.focus();
  if (!painted) return painted;
  return (await upload(uploads, { role: "mask", file: new File([painted], "mask.png") })).id;
}

export const addressOf = (id) => id && `/files/uploads/${id}/1280.webp`;

export const notSaved = (error) =>
  sentenceOf(error, "The connection is lost, so the mask was not saved. Please paint it again.");
