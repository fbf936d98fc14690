// Paint: submits the form once, and after the uploads that are still under way.

import { form } from "./slots.js";
import { uploading } from "./uploads.js";

const note = document.querySelector("#start-note");
const button = form.querySelector(".main-action");
let waits = false;

form.addEventListener("submit", (event) => {
  if (uploading()) {
    event.preventDefault();
    waits = true;
    note.textContent = "Uploading. Painting starts when the upload is done.";
  } else if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
  } else {
    button.setAttribute("aria-disabled", "true");
    note.textContent = "Starting…";
  }
});

form.addEventListener("upload-progress", ({ detail: percent }) => {
  if (waits) note.textContent = `Uploading, ${Math.round(percent)} %. Painting starts when the upload is done.`;
});
form.addEventListener("upload-ended", ({ detail: { refused } }) => {
  if (refused) waits = false;
  if (waits && !uploading()) form.requestSubmit();
});

// Back from the painting's page: the form is unchanged and can be sent again.
window.addEventListener("pageshow", () => {
  waits = false; // or the next upload would submit the form
  button.removeAttribute("aria-disabled");
  note.textContent = "";
});
