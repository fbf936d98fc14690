// Masks: a dialog for painting where a style goes, over the photo. Loaded when it is first needed.

const dialog = document.querySelector("#mask");
const form = dialog.querySelector("form");
const area = dialog.querySelector(".mask-area");
const photo = area.querySelector("img");
const canvas = area.querySelector("canvas");
const cursor = area.querySelector(".cursor");
const width = dialog.querySelector("#mask-width");
const status = dialog.querySelector("#mask-said");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const longerSide = 768;
const maxUndo = 30;
const at = { x: 0, y: 0 };
let undo = [];
let stroke = null;

const size = () => (Number(width.value) / 100) * Math.max(canvas.width, canvas.height);
const erasing = () => form.elements.tool.value === "eraser";

function remember() {
  undo.push(pen.getImageData(0, 0, canvas.width, canvas.height));
  if (undo.length > maxUndo) undo.shift();
}

// Draw a line between two points; a dot when they are the same.
function paint(from, to) {
  pen.globalCompositeOperation = erasing() ? "destination-out" : "source-over";
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = size();
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x + 0.01, to.y);
  pen.stroke();
}

function place(point) {
  Object.assign(at, point);
  const scale = canvas.clientWidth / canvas.width;
  cursor.style.width = cursor.style.height = `${size() * scale}px`;
  cursor.style.translate = `calc(${at.x * scale}px - 50%) calc(${at.y * scale}px - 50%)`;
}

function pointOf(event) {
  const box = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - box.left) / box.width) * canvas.width,
    y: ((event.clientY - box.top) / box.height) * canvas.height,
  };
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  canvas.setPointerCapture(event.pointerId);
  remember();
  stroke = pointOf(event);
  place(stroke);
  paint(stroke, stroke);
});
canvas.addEventListener("pointermove", (event) => {
  const point = pointOf(event);
  place(point);
  if (!stroke) return;
  paint(stroke, point);
  stroke = point;
});
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (stroke = null));

const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let holding = false;

canvas.addEventListener("keydown", (event) => {
  const direction = directions[event.key];
  if (!direction && event.key !== " ") return;
  event.preventDefault();
  if (!direction) {
    if (!holding) remember();
    holding = true;
    return paint(at, at);
  }
  const step = size() / (event.shiftKey ? 8 : 2);
  const to = {
    x: Math.min(canvas.width, Math.max(0, at.x + direction[0] * step)),
    y: Math.min(canvas.height, Math.max(0, at.y + direction[1] * step)),
  };
  if (holding) paint(at, to);
  place(to);
  status.textContent = `${Math.round((100 * to.x) / canvas.width)} % from the left, ${Math.round((100 * to.y) / canvas.height)} % from the top`;
});
canvas.addEventListener("keyup", (event) => {
  if (event.key === " ") holding = false;
});
canvas.addEventListener("blur", () => (holding = false));
width.addEventListener("input", () => place(at));

function fillAll(operation) {
  pen.globalCompositeOperation = operation;
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

const actions = {
  undo: () => undo.length && pen.putImageData(undo.pop(), 0, 0),
  invert: () => (remember(), fillAll("source-out")),
  clear: () => (remember(), pen.clearRect(0, 0, canvas.width, canvas.height)),
};
dialog.addEventListener("click", ({ target }) => actions[target.closest("button")?.value]?.());
dialog.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") actions.undo();
});

const isPainted = () => pen.getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value);

// Return the mask as a PNG: white where something is painted, black elsewhere.
function toPicture() {
  pen.fillStyle = "#fff";
  pen.globalCompositeOperation = "source-in";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  pen.globalCompositeOperation = "destination-over";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve));
}

async function show(url) {
  const before = new Image();
  before.src = url;
  await before.decode();
  pen.drawImage(before, 0, 0, canvas.width, canvas.height);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i + 3] = pixels.data[i];
  pen.putImageData(pixels, 0, 0);
  fillAll("source-in");
}

// Return the mask's picture, "" for everywhere, or null if nothing was changed.
export async function paintMask({ title, src, mask }) {
  document.querySelector("#mask-title").textContent = title;
  photo.src = src;
  await photo.decode();
  const scale = longerSide / Math.max(photo.naturalWidth, photo.naturalHeight);
  canvas.width = Math.round(photo.naturalWidth * scale);
  canvas.height = Math.round(photo.naturalHeight * scale);
  area.style.setProperty("--ratio", canvas.width / canvas.height);
  undo = [];
  status.textContent = "";
  if (mask) await show(mask).catch(() => {});
  dialog.returnValue = "cancel";
  dialog.showModal();
  place({ x: canvas.width / 2, y: canvas.height / 2 });
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue === "done") return isPainted() ? toPicture() : "";
  return dialog.returnValue === "everywhere" ? "" : null;
}
