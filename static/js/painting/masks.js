// A painting: lets somebody paint where a style goes, and sends it like any other change.

import { post } from "../lib/http.js";
import { addressOf, editMask, notSaved } from "../mask/edit.js";
import { accept, say } from "./steer.js";

const buttons = document.querySelector(".mask-buttons");
const { to, uploads, photo } = buttons.dataset;

async function change(button) {
  const { place, name, mask } = button.dataset;
  const id = await editMask({ name, src: photo, mask, uploads, opener: button });
  if (id === null) return;
  button.dataset.mask = addressOf(id);
  accept(await post(to, new URLSearchParams({ place, mask: id })));
}

buttons.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  buttons.dataset.masking = ""; // keeps the page from reloading meanwhile
  try {
    await change(button);
  } catch (error) {
    say(notSaved(error));
  } finally {
    delete buttons.dataset.masking;
  }
});
