// Paint: takes pictures that are chosen, dropped, pasted, or picked from the list of styles.

import { form, slots } from "./slots.js";
import { addStyle } from "./tiles.js";
import { stage } from "./uploads.js";

function take(files, role) {
  const pictures = [...files];
  if (role === "style" && pictures.length > 1) document.querySelector("#mix").checked = true;
  for (const file of role === "content" ? pictures.slice(0, 1) : pictures) stage({ file }, role);
}

for (const [role, slot] of Object.entries(slots)) {
  const input = slot.querySelector(".file");
  slot.querySelector(".picture-view").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files, role);
    input.value = "";
  });
  slot.addEventListener("dragover", (event) => {
    event.preventDefault();
    slot.classList.add("dragging");
  });
  slot.addEventListener("dragleave", (event) => {
    if (!slot.contains(event.relatedTarget)) slot.classList.remove("dragging");
  });
  slot.addEventListener("drop", (event) => {
    event.preventDefault();
    slot.classList.remove("dragging");
    take(event.dataTransfer.files, role);
  });
}

document.addEventListener("paste", (event) => {
  // Some browsers give a copied picture no name.
  const files = [...event.clipboardData.files].map((file) => (file.name ? file : new File([file], "pasted.png", { type: file.type })));
  if (!files.length) return;
  const near = document.activeElement?.closest(".picture-slot")?.dataset.role ?? form.querySelector(".picture-slot:hover")?.dataset.role;
  take(files, near ?? (form.elements.photo_id.value ? "style" : "content"));
});

// From the style picker: a library picture has to be staged first, an own style is there already.
form.addEventListener("choose-style", ({ detail }) => {
  if (detail.pictureId) stage(detail, "style");
  else addStyle(detail);
});
