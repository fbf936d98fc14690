// Paint: pictures are staged the moment they are chosen, dropped or pasted.

const form = document.querySelector("#paint");
const note = document.querySelector("#start-note");
const button = form.querySelector(".main-action");
const limit = Number(form.dataset.limit);
const underway = new Set();
let wanted = false;

const wells = Object.fromEntries([...form.querySelectorAll(".well")].map((well) => [well.dataset.role, well]));

// What is wrong with what a well was given, or "" for nothing any more; the code says the same to programs.
function say(well, sentence, code = "") {
  const input = well.querySelector(".file");
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.setAttribute("aria-describedby", sentence ? id : "");
  if (!sentence) return input.removeAttribute("aria-invalid");
  input.setAttribute("aria-invalid", "true"); // with no value it would say that nothing is wrong
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
    if (chosen.piece) body.append("library", chosen.piece);
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
        const error = new Error(message ?? "The studio could not take this picture; try again.");
        reject(Object.assign(error, { code }));
      }
    });
    request.addEventListener("error", () => reject(Object.assign(new Error("lost"), { lost: true })));
    request.send(body);
  });
}

const uploading = (well) => [...underway].some((tried) => tried.stands() && (!well || tried.well === well));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function sendPatiently(tried, chosen, role, onProgress) {
  for (let wait = 1000; ; wait = Math.min(2 * wait, 15000)) {
    try {
      return await send(chosen, role, onProgress);
    } catch (error) {
      if (!error.lost || !tried.stands()) throw error;
      say(tried.well, "The connection is lost. Trying again; the picture is not forgotten.", "lost");
      await pause(wait);
    }
  }
}

function showPhoto(well, url, name) {
  const window = well.querySelector(".window");
  let img = well.querySelector(".shown");
  if (!img) {
    img = Object.assign(document.createElement("img"), { className: "shown", alt: "Your photo" });
    window.prepend(img);
  }
  img.onload = () => window.style.setProperty("--ratio", img.naturalWidth / img.naturalHeight);
  form.dispatchEvent(new CustomEvent("another-photo"));
  img.src = url;
  window.classList.remove("bare");
  well.querySelector(".caption .name").textContent = name;
}

function unshowPhoto(well, hint) {
  well.querySelector(".shown").remove();
  well.querySelector(".window").classList.add("bare");
  well.querySelector(".caption .name").textContent = hint;
}

let photoTried = null;

// A photo is shown while it is sent. The newest counts; if it is refused, the last that was taken comes back.
function tryPhoto(well, url, name) {
  const before = photoTried?.before ?? {
    url: well.querySelector(".shown")?.src,
    name: well.querySelector(".caption .name").textContent,
  };
  const stands = () => photoTried === tried;
  const keep = (staged) => {
    photoTried = null;
    for (const tile of everyTile()) if (tile.querySelector(".mask")) setMask(tile, "");
    form.elements.photo_id.value = staged.id;
    if (staged.recipe) form.dispatchEvent(new CustomEvent("recipe", { detail: staged.recipe }));
  };
  const undo = () => {
    photoTried = null;
    if (before.url) showPhoto(well, before.url, before.name);
    else unshowPhoto(well, before.name);
    form.dispatchEvent(new Event("change")); // its draft went when the other was shown
  };
  const tried = { well, before, stands, keep, undo };
  showPhoto(well, url, name);
  return (photoTried = tried);
}

const setAside = new WeakMap(); // what a tile took the place of, for as long as its own picture may be refused
const everyTile = () => [...form.querySelectorAll(".style-tile")].flatMap((tile) => [tile, ...(setAside.get(tile) ?? [])]);
const mixing = () => document.querySelector("#mix").checked;

function showStyle(well, url, name, key, kind = "style") {
  const frame = well.querySelector(".styles");
  // Unless styles are mixed one takes the place of the other; an instant style never has one beside it.
  const others = [...frame.children].filter((other) => kind === "instant" || !mixing() || other.querySelector("[name=feedforward_style]"));
  const tile = document.querySelector(`#${kind}-template`).content.firstElementChild.cloneNode(true);
  tile.dataset.key = key;
  tile.querySelector("img").src = url;
  const words = name.replace(/\.[^.]+$/, "").replace(/[_\s]+/g, " ");
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  tile.querySelector(".name").textContent = title;
  if (kind === "style") tile.querySelector(".share .unseen").textContent = `Share of ${title}`;
  tile.querySelector(".use").disabled = true;
  // Of one that is itself still on its way, what it took the place of.
  setAside.set(tile, others.flatMap((other) => setAside.get(other) ?? [other]));
  for (const other of others) other.remove();
  frame.append(tile);
  return tile;
}

// A style, too, is shown while it is sent; it stands until it is unticked or another takes its place.
function tryStyle(well, url, name, { file, piece = "" }) {
  const tile = showStyle(well, url, name, piece);
  const stands = () => tile.isConnected;
  const keep = (staged) => {
    form.querySelector(`.use[value="${staged.id}"]`)?.closest(".style-tile").remove();
    fill(tile, staged.id);
    if (!file) return;
    tile.dataset.key = staged.id;
    form.dispatchEvent(new CustomEvent("hang", { detail: tile }));
  };
  const undo = () => tile.replaceWith(...setAside.get(tile));
  return { well, stands, keep, undo };
}

function setMask(tile, id) {
  const mask = tile.querySelector(".mask");
  mask.value = id;
  tile.querySelector(".where").dataset.state = id ? "masked" : "everywhere";
  tile.querySelector(".where span").textContent = id ? "Change where it goes" : "Choose where it goes";
  form.dispatchEvent(new Event("change"));
}

// So that going back, or loading the page again, finds the same pictures.
function remember() {
  const query = new URLSearchParams();
  if (form.elements.photo_id.value) query.append("photo", form.elements.photo_id.value);
  for (const box of form.querySelectorAll(".use:checked:enabled")) query.append(box.name === "feedforward_style" ? "feedforward_style" : "style", box.value);
  history.replaceState(null, "", query.size ? `/?${query}` : "/");
}

function fill(tile, id) {
  setAside.delete(tile);
  const box = tile.querySelector(".use");
  box.value = id;
  box.disabled = false;
  if (box.name === "feedforward_style") return;
  tile.querySelector(".share input").name = `share-${id}`;
  tile.querySelector(".mask").name = `mask-${id}`;
}

// What is chosen is a file, or the name of a picture that the studio has.
async function stage(chosen, role) {
  const { file, piece } = chosen;
  const well = wells[role];
  say(well, "");
  if (file?.size > limit) {
    const megabytes = Math.round(limit / 2 ** 20);
    say(well, `“${file.name}” is larger than ${megabytes} MB; choose a smaller file, or save it smaller first.`, "file-too-large");
    return;
  }
  const name = chosen.name ?? file.name;
  const local = chosen.src ?? URL.createObjectURL(file);
  const meter = well.querySelector(".upload");
  const tried = role === "content" ? tryPhoto(well, local, name) : tryStyle(well, local, name, chosen);
  meter.hidden = Boolean(piece);
  underway.add(tried);
  try {
    const staged = await sendPatiently(tried, chosen, role, (percent) => {
      if (!tried.stands()) return;
      meter.value = percent;
      if (wanted) note.textContent = `Uploading, ${Math.round(percent)} %. The painting starts when it is there.`;
    });
    if (!tried.stands()) return;
    say(well, "");
    tried.keep(staged);
    remember();
    form.dispatchEvent(new CustomEvent("staged"));
  } catch (error) {
    if (!tried.stands()) return;
    say(well, error.message, error.code);
    wanted = false;
    tried.undo();
    remember();
  } finally {
    underway.delete(tried);
    if (!uploading(well)) meter.hidden = true;
    if (wanted && !uploading()) form.requestSubmit();
  }
}

function take(files, role) {
  const pictures = [...files];
  if (role === "style" && pictures.length > 1) document.querySelector("#mix").checked = true;
  for (const file of role === "content" ? pictures.slice(0, 1) : pictures) stage({ file }, role);
}

for (const [role, well] of Object.entries(wells)) {
  const input = well.querySelector(".file");
  well.querySelector(".window").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files, role);
    input.value = "";
  });
  well.addEventListener("dragover", (event) => {
    event.preventDefault();
    well.classList.add("over");
  });
  well.addEventListener("dragleave", (event) => {
    if (!well.contains(event.relatedTarget)) well.classList.remove("over");
  });
  well.addEventListener("drop", (event) => {
    event.preventDefault();
    well.classList.remove("over");
    take(event.dataTransfer.files, role);
  });
}

document.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  const near = document.activeElement?.closest(".well")?.dataset.role ?? form.querySelector(".well:hover")?.dataset.role;
  take(event.clipboardData.files, near ?? (form.elements.photo_id.value ? "style" : "content"));
});

// From the wall: a picture of the studio's is staged first, one's own is there already.
form.addEventListener("take-style", ({ detail }) => {
  if (detail.piece) return stage(detail, "style");
  const key = detail.instant ?? detail.id;
  fill(showStyle(wells.style, detail.src, detail.name, key, detail.instant ? "instant" : "style"), key);
  remember();
});

wells.style.addEventListener("change", ({ target }) => {
  if (!target.matches(".use")) return;
  if (!target.checked) target.closest(".style-tile").remove(); // it hangs on the wall still
  remember();
});

// Masks: where a style goes.
wells.style.addEventListener("click", async ({ target }) => {
  const tile = target.closest(".where")?.closest(".style-tile");
  if (!tile) return;
  const photo = wells.content.querySelector(".shown");
  if (!photo || !form.elements.photo_id.value) return say(wells.style, "Choose a photo first; then paint where the style goes.", "no-photo");
  if (photoTried) return say(wells.style, "The photo is still on its way; paint where the style goes once it is there.", "photo-on-its-way");
  const { paintMask } = await import(form.dataset.masks);
  const mask = tile.querySelector(".mask").value;
  const title = `Where “${tile.querySelector(".name").textContent}” goes`;
  const made = await paintMask({ title, src: photo.src, mask: mask && `/files/uploads/${mask}/1280.webp` });
  tile.querySelector(".where").focus();
  if (made === null) return;
  try {
    const staged = made && (await send({ file: new File([made], "mask.png") }, "mask", () => {}));
    say(wells.style, "");
    setMask(tile, staged ? staged.id : "");
  } catch (error) {
    if (error.lost) say(wells.style, "The connection is lost, so the mask was not kept; paint it once more.", "lost");
    else say(wells.style, error.message, error.code);
  }
});

// A picture that was painted here brings its recipe along.
const recalled = document.querySelector("#recalled");
let former = null;

function write(recipe) {
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
  former = Object.fromEntries(Object.keys(detail).map((name) => [name, now.getAll(name).join(", ")]));
  write(detail);
  recalled.hidden = false;
});
document.querySelector("#unrecall").addEventListener("click", () => {
  write(former);
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
    wanted = true;
    note.textContent = "Uploading. The painting starts when it is there.";
  } else if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
  } else {
    button.setAttribute("aria-disabled", "true");
    note.textContent = "Handing it to the painter.";
  }
});

// Back from the painting's page: the form is as it was, and may be sent again.
window.addEventListener("pageshow", () => {
  wanted = false; // else the next picture would send it by itself
  button.removeAttribute("aria-disabled");
  note.textContent = "";
});

// What kept it from being painted is struck out as it is mended.
const faults = document.querySelector("#faults");
faults?.focus();

function mended(name) {
  faults?.querySelector(`[data-of="${name}"]`)?.remove();
  if (faults && !faults.querySelector("li")) faults.hidden = true;
}

form.addEventListener("input", ({ target }) => mended(target.dataset.of ?? target.name));
form.addEventListener("staged", () => {
  if (form.elements.photo_id.value) mended("photo");
  if (form.querySelector(".use:checked")) mended("style");
});
