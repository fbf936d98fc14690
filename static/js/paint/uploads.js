// Paint: uploads a picture as soon as it is chosen, and shows it meanwhile.

import { Refused } from "../lib/http.js";
import { pause } from "../lib/timing.js";
import { upload } from "../lib/upload.js";
import { updateAddress } from "./address.js";
import { tryPhoto } from "./photo.js";
import { form, say, slots } from "./slots.js";
import { tryStyle } from "./tiles.js";

const limit = Number(form.dataset.limit);
const attempts = new Set();

// Return whether a picture is being uploaded, to this slot or to any.
export const uploading = (slot) => [...attempts].some((attempt) => attempt.isCurrent() && (!slot || attempt.slot === slot));

async function sendWithRetry(attempt, fields, onProgress) {
  for (let wait = 1000; ; wait = Math.min(2 * wait, 15000)) {
    try {
      return await upload(form.dataset.uploads, fields, onProgress);
    } catch (error) {
      if (error instanceof Refused || !attempt.isCurrent()) throw error;
      say(attempt.slot, "The connection is lost. Trying again; your picture is safe.", "lost");
      await pause(wait);
    }
  }
}

function isTooLarge(file, slot) {
  if (!(file?.size > limit)) return false;
  const megabytes = Math.round(limit / 2 ** 20);
  say(slot, `“${file.name}” is larger than ${megabytes} MB. Choose a smaller file, or save a smaller copy first.`, "file-too-large");
  return true;
}

// What was chosen is a file, or the id of a picture in the library with its name and address.
export async function stage(chosen, role) {
  const { file, pictureId } = chosen;
  const slot = slots[role];
  say(slot, "");
  if (isTooLarge(file, slot)) return;
  const name = chosen.name ?? file.name;
  const local = chosen.src ?? URL.createObjectURL(file);
  const meter = slot.querySelector(".upload");
  const attempt = role === "content" ? tryPhoto(local, name) : tryStyle(local, name, chosen);
  meter.hidden = Boolean(pictureId);
  attempts.add(attempt);
  let refused = false;
  try {
    const picture = pictureId ? { library: pictureId } : { file };
    const staged = await sendWithRetry(attempt, { role, ...picture }, (percent) => {
      if (!attempt.isCurrent()) return;
      meter.value = percent;
      form.dispatchEvent(new CustomEvent("upload-progress", { detail: percent }));
    });
    if (!attempt.isCurrent()) return;
    say(slot, "");
    attempt.keep(staged);
    updateAddress();
    form.dispatchEvent(new CustomEvent("staged"));
  } catch (error) {
    if (!attempt.isCurrent()) return;
    refused = true;
    say(slot, error.message, error.code);
    attempt.undo();
    updateAddress();
  } finally {
    attempts.delete(attempt);
    if (!uploading(slot)) meter.hidden = true;
    form.dispatchEvent(new CustomEvent("upload-ended", { detail: { refused } }));
  }
}
