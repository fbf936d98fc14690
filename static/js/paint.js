// Paint: pictures are staged the moment they are chosen, dropped or pasted.

const form = document.querySelector("#paint");
const note = document.querySelector("#start-note");
const button = form.querySelector(".main-action");
const limit = Number(form.dataset.limit);
const underway = new Set();
let wanted = false;

const wells = Object.fromEntries([...form.querySelectorAll(".well")].map((well) => [well.dataset.role, well]));

function say(well, sentence) {
  const input = well.querySelector(".file");
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.toggleAttribute("aria-invalid", Boolean(sentence));
  input.setAttribute("aria-describedby", sentence ? id : "");
  if (!sentence) return;
  const line = document.createElement("p");
  line.className = "error";
  line.id = id;
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
    if (chosen.library) body.append("library", chosen.library);
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
      else reject(new Error(request.response?.error?.message ?? "The studio could not take this picture; try again."));
    });
    request.addEventListener("error", () => reject(Object.assign(new Error("lost"), { lost: true })));
    request.send(body);
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function sendPatiently(well, chosen, role, onProgress) {
  for (let wait = 1000; ; wait = Math.min(2 * wait, 15000)) {
    try {
      return await send(chosen, role, onProgress);
    } catch (error) {
      if (!error.lost) throw error;
      say(well, "The connection is lost. Trying again; the picture is not forgotten.");
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
  img.src = url;
  window.classList.remove("bare");
  well.querySelector(".caption .name").textContent = name;
}

function showStyle(well, url, name, key) {
  const tile = document.querySelector("#style-template").content.firstElementChild.cloneNode(true);
  tile.dataset.key = key;
  tile.querySelector("img").src = url;
  tile.querySelector(".name").textContent = name.replace(/\.[^.]+$/, "").replace(/[_\s]+/g, " ");
  tile.querySelector(".use").disabled = true;
  well.querySelector(".styles").append(tile);
  return tile;
}

function unshowPhoto(well, hint) {
  well.querySelector(".shown").remove();
  well.querySelector(".window").classList.add("bare");
  well.querySelector(".caption .name").textContent = hint;
}

// So that going back, or loading the page again, finds the same pictures.
function remember() {
  const query = new URLSearchParams();
  if (form.elements.photo_id.value) query.append("photo", form.elements.photo_id.value);
  for (const box of form.querySelectorAll(".use:checked:enabled")) query.append("style", box.value);
  history.replaceState(null, "", query.size ? `/?${query}` : "/");
}

function fill(tile, id) {
  const box = tile.querySelector(".use");
  box.value = id;
  box.disabled = false;
  tile.querySelector(".share input").name = `share-${id}`;
}

// What is chosen is a file, or the name of a picture that the studio has.
async function stage(chosen, role) {
  const { file, library } = chosen;
  const well = wells[role];
  say(well, "");
  if (file?.size > limit) {
    say(well, `“${file.name}” is larger than ${Math.round(limit / 2 ** 20)} MB; choose a smaller file, or save it smaller first.`);
    return;
  }
  const name = chosen.name ?? file.name;
  const local = chosen.src ?? URL.createObjectURL(file);
  const meter = well.querySelector(".upload");
  const before = well.querySelector(".shown")?.src;
  const beforeName = well.querySelector(".caption .name").textContent;
  let tile = null;
  if (role === "content") showPhoto(well, local, name);
  else tile = showStyle(well, local, name, library ?? "");
  meter.hidden = Boolean(library);
  const work = sendPatiently(well, chosen, role, (percent) => {
    meter.value = percent;
    if (wanted) note.textContent = `Uploading, ${Math.round(percent)} %. The painting starts when it is there.`;
  });
  underway.add(work);
  try {
    const staged = await work;
    say(well, "");
    if (role === "content") {
      form.elements.photo_id.value = staged.id;
    } else {
      form.querySelector(`.use[value="${staged.id}"]`)?.closest(".style-tile").remove();
      fill(tile, staged.id);
    }
    remember();
    form.dispatchEvent(new CustomEvent("staged"));
  } catch (error) {
    say(well, error.message);
    wanted = false;
    if (tile) tile.remove();
    else if (before) showPhoto(well, before, beforeName);
    else unshowPhoto(well, beforeName);
  } finally {
    underway.delete(work);
    meter.hidden = true;
    if (wanted && underway.size === 0) form.requestSubmit();
  }
}

function take(files, role) {
  const pictures = [...files];
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
  if (detail.library) return stage(detail, "style");
  fill(showStyle(wells.style, detail.src, detail.name, detail.id), detail.id);
  remember();
});

wells.style.addEventListener("change", (event) => {
  if (event.target.matches(".use")) remember();
});

for (const range of form.querySelectorAll(".range")) {
  const box = document.getElementById(range.dataset.of);
  range.addEventListener("input", () => (box.value = range.value));
  box.addEventListener("input", () => (range.value = box.value));
}

form.addEventListener("submit", (event) => {
  if (underway.size) {
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
  button.removeAttribute("aria-disabled");
  note.textContent = "";
});

document.querySelector("#faults")?.focus();
