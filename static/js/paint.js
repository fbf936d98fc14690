// Paint: uploads pictures as soon as they are chosen, dropped or pasted.

const form = document.querySelector("#paint");
const note = document.querySelector("#start-note");
const button = form.querySelector(".main-action");
const limit = Number(form.dataset.limit);
const uploads = new Set();
let submitWhenUploaded = false;

const slots = Object.fromEntries([...form.querySelectorAll(".picture-slot")].map((slot) => [slot.dataset.role, slot]));

// Say what is wrong with a chosen file, or "" to clear the message; the code says the same to programs.
function say(slot, sentence, code = "") {
  const input = slot.querySelector(".file");
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.setAttribute("aria-describedby", sentence ? id : "");
  if (!sentence) return input.removeAttribute("aria-invalid");
  input.setAttribute("aria-invalid", "true"); // without a value it would mean that nothing is wrong
  const line = document.createElement("p");
  line.className = "error";
  line.id = id;
  line.dataset.code = code;
  line.role = "alert";
  line.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-warn"/></svg>';
  line.append(Object.assign(document.createElement("span"), { textContent: sentence }));
  input.after(line);
}

function send(chosen, role, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("role", role);
    if (chosen.pictureId) body.append("library", chosen.pictureId);
    else body.append("file", chosen.file, chosen.file.name || "pasted.png");
    request.open("POST", form.dataset.uploads);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress((100 * event.loaded) / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else {
        const { message, code } = request.response?.error ?? {};
        const error = new Error(message ?? "The studio could not accept this picture. Please try again.");
        reject(Object.assign(error, { code }));
      }
    });
    request.addEventListener("error", () => reject(Object.assign(new Error("lost"), { lost: true })));
    request.send(body);
  });
}

const uploading = (slot) => [...uploads].some((attempt) => attempt.isCurrent() && (!slot || attempt.slot === slot));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function sendWithRetry(attempt, chosen, role, onProgress) {
  for (let wait = 1000; ; wait = Math.min(2 * wait, 15000)) {
    try {
      return await send(chosen, role, onProgress);
    } catch (error) {
      if (!error.lost || !attempt.isCurrent()) throw error;
      say(attempt.slot, "The connection is lost. Trying again; your picture is safe.", "lost");
      await pause(wait);
    }
  }
}

function showPhoto(slot, url, name) {
  const window = slot.querySelector(".picture-view");
  let img = slot.querySelector(".shown");
  if (!img) {
    img = Object.assign(document.createElement("img"), { className: "shown", alt: "Your photo" });
    window.prepend(img);
  }
  img.onload = () => window.style.setProperty("--ratio", img.naturalWidth / img.naturalHeight);
  form.dispatchEvent(new CustomEvent("photo-changed"));
  img.src = url;
  window.classList.remove("bare");
  slot.querySelector(".caption .name").textContent = name;
}

function hidePhoto(slot, hint) {
  slot.querySelector(".shown").remove();
  slot.querySelector(".picture-view").classList.add("bare");
  slot.querySelector(".caption .name").textContent = hint;
}

let pendingPhoto = null;

// Show a photo while it uploads. The newest one counts; if it is refused, the last accepted one comes back.
function tryPhoto(slot, url, name) {
  const before = pendingPhoto?.before ?? {
    url: slot.querySelector(".shown")?.src,
    name: slot.querySelector(".caption .name").textContent,
  };
  const isCurrent = () => pendingPhoto === attempt;
  const keep = (staged) => {
    pendingPhoto = null;
    for (const tile of allTiles()) if (tile.querySelector(".mask")) setMask(tile, "");
    form.elements.photo_id.value = staged.id;
    if (staged.recipe) form.dispatchEvent(new CustomEvent("recipe", { detail: staged.recipe }));
  };
  const undo = () => {
    pendingPhoto = null;
    if (before.url) showPhoto(slot, before.url, before.name);
    else hidePhoto(slot, before.name);
    form.dispatchEvent(new Event("change")); // its draft was removed when the other photo was shown
  };
  const attempt = { slot, before, isCurrent, keep, undo };
  showPhoto(slot, url, name);
  return (pendingPhoto = attempt);
}

const replaced = new WeakMap(); // the tiles that a new tile replaced, for as long as its own picture may be refused
const allTiles = () => [...form.querySelectorAll(".style-tile")].flatMap((tile) => [tile, ...(replaced.get(tile) ?? [])]);
const mixing = () => document.querySelector("#mix").checked;

function showStyle(slot, url, name, key, kind = "style") {
  const frame = slot.querySelector(".styles");
  // Unless styles are mixed, a new one replaces the others; an instant style is always alone.
  const others = [...frame.children].filter((other) => kind === "instant" || !mixing() || other.querySelector("[name=feedforward_style]"));
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
  frame.append(tile);
  return tile;
}

// Show a style while it uploads, too. It stays until it is unticked or replaced.
function tryStyle(slot, url, name, { file, pictureId = "" }) {
  const tile = showStyle(slot, url, name, pictureId);
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

function setMask(tile, id) {
  const mask = tile.querySelector(".mask");
  mask.value = id;
  tile.querySelector(".edit-mask").dataset.state = id ? "masked" : "everywhere";
  tile.querySelector(".edit-mask span").textContent = id ? "Change where it goes" : "Choose where it goes";
  form.dispatchEvent(new Event("change"));
}

// Put the pictures into the address, so that going back or reloading finds them again.
function updateAddress() {
  const query = new URLSearchParams();
  if (form.elements.photo_id.value) query.append("photo", form.elements.photo_id.value);
  for (const box of form.querySelectorAll(".use:checked:enabled")) query.append(box.name === "feedforward_style" ? "feedforward_style" : "style", box.value);
  history.replaceState(null, "", query.size ? `/?${query}` : "/");
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

// What was chosen is a file, or the id of a picture in the library.
async function stage(chosen, role) {
  const { file, pictureId } = chosen;
  const slot = slots[role];
  say(slot, "");
  if (file?.size > limit) {
    const megabytes = Math.round(limit / 2 ** 20);
    say(slot, `“${file.name}” is larger than ${megabytes} MB. Choose a smaller file, or save a smaller copy first.`, "file-too-large");
    return;
  }
  const name = chosen.name ?? file.name;
  const local = chosen.src ?? URL.createObjectURL(file);
  const meter = slot.querySelector(".upload");
  const attempt = role === "content" ? tryPhoto(slot, local, name) : tryStyle(slot, local, name, chosen);
  meter.hidden = Boolean(pictureId);
  uploads.add(attempt);
  try {
    const staged = await sendWithRetry(attempt, chosen, role, (percent) => {
      if (!attempt.isCurrent()) return;
      meter.value = percent;
      if (submitWhenUploaded) note.textContent = `Uploading, ${Math.round(percent)} %. Painting starts when the upload is done.`;
    });
    if (!attempt.isCurrent()) return;
    say(slot, "");
    attempt.keep(staged);
    updateAddress();
    form.dispatchEvent(new CustomEvent("staged"));
  } catch (error) {
    if (!attempt.isCurrent()) return;
    say(slot, error.message, error.code);
    submitWhenUploaded = false;
    attempt.undo();
    updateAddress();
  } finally {
    uploads.delete(attempt);
    if (!uploading(slot)) meter.hidden = true;
    if (submitWhenUploaded && !uploading()) form.requestSubmit();
  }
}

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
  if (!event.clipboardData.files.length) return;
  const near = document.activeElement?.closest(".picture-slot")?.dataset.role ?? form.querySelector(".picture-slot:hover")?.dataset.role;
  take(event.clipboardData.files, near ?? (form.elements.photo_id.value ? "style" : "content"));
});

// From the style picker: a library picture has to be staged first, an own style is there already.
form.addEventListener("choose-style", ({ detail }) => {
  if (detail.pictureId) return stage(detail, "style");
  const key = detail.instant ?? detail.id;
  fill(showStyle(slots.style, detail.src, detail.name, key, detail.instant ? "instant" : "style"), key);
  updateAddress();
});

slots.style.addEventListener("change", ({ target }) => {
  if (!target.matches(".use")) return;
  if (!target.checked) target.closest(".style-tile").remove(); // it is still listed in the style picker
  updateAddress();
});

// Masks: where a style goes.
slots.style.addEventListener("click", async ({ target }) => {
  const tile = target.closest(".edit-mask")?.closest(".style-tile");
  if (!tile) return;
  const photo = slots.content.querySelector(".shown");
  if (!photo || !form.elements.photo_id.value) return say(slots.style, "Choose a photo first, then paint where the style goes.", "no-photo");
  if (pendingPhoto) return say(slots.style, "The photo is still uploading. Paint where the style goes when it is done.", "photo-on-its-way");
  const { paintMask } = await import(form.dataset.masks);
  const mask = tile.querySelector(".mask").value;
  const title = `Where “${tile.querySelector(".name").textContent}” goes`;
  const drawn = await paintMask({ title, src: photo.src, mask: mask && `/files/uploads/${mask}/1280.webp` });
  tile.querySelector(".edit-mask").focus();
  if (drawn === null) return;
  try {
    const staged = drawn && (await send({ file: new File([drawn], "mask.png") }, "mask", () => {}));
    say(slots.style, "");
    setMask(tile, staged ? staged.id : "");
  } catch (error) {
    if (error.lost) say(slots.style, "The connection is lost, so the mask was not saved. Please paint it again.", "lost");
    else say(slots.style, error.message, error.code);
  }
});

// A picture that was painted here contains its recipe, which fills the form.
const recalled = document.querySelector("#recipe-loaded");
let previous = null;

function fillForm(recipe) {
  for (const [name, value] of Object.entries(recipe)) {
    const field = form.elements[name];
    if (!field || name === "feedforward_style") continue;
    if (field.value !== undefined && field.type !== "checkbox") field.value = value;
    for (const box of field.forEach ? field : [field]) {
      if (box.type === "checkbox") box.checked = value.split(", ").includes(box.value);
    }
    const range = form.querySelector(`.range[data-of="${name}"]`);
    if (range) range.value = value;
  }
  form.dispatchEvent(new Event("input"));
}

form.addEventListener("recipe", ({ detail }) => {
  const now = new FormData(form);
  previous = Object.fromEntries(Object.keys(detail).map((name) => [name, now.getAll(name).join(", ")]));
  fillForm(detail);
  recalled.hidden = false;
});
document.querySelector("#restore-settings").addEventListener("click", () => {
  fillForm(previous);
  recalled.hidden = true;
});

for (const range of form.querySelectorAll(".range")) {
  const box = document.getElementById(range.dataset.of);
  range.addEventListener("input", () => (box.value = range.value));
  box.addEventListener("input", () => (range.value = box.value));
}

form.addEventListener("submit", (event) => {
  if (uploading()) {
    event.preventDefault();
    submitWhenUploaded = true;
    note.textContent = "Uploading. Painting starts when the upload is done.";
  } else if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
  } else {
    button.setAttribute("aria-disabled", "true");
    note.textContent = "Starting…";
  }
});

// Back from the painting's page: the form is unchanged and can be sent again.
window.addEventListener("pageshow", () => {
  submitWhenUploaded = false; // or the next upload would submit the form
  button.removeAttribute("aria-disabled");
  note.textContent = "";
});

// Remove each fault from the list as it is fixed.
const faults = document.querySelector("#faults");
faults?.focus();

function markFixed(name) {
  faults?.querySelector(`[data-of="${name}"]`)?.remove();
  if (faults && !faults.querySelector("li")) faults.hidden = true;
}

form.addEventListener("input", ({ target }) => markFixed(target.dataset.of ?? target.name));
form.addEventListener("staged", () => {
  if (form.elements.photo_id.value) markFixed("photo");
  if (form.querySelector(".use:checked")) markFixed("style");
});
