// Masks: the dialog in which a mask is painted over the photo, by pointer or keyboard.

import { canvas, clear, drawLine, invert, isPainted, load, remember, start, toPicture, undo } from "./canvas.js";

const dialog = document.querySelector("#mask");
const form = dialog.querySelector("form");
const area = dialog.querySelector(".mask-area");
const photo = area.querySelector("img");
const cursor = area.querySelector(".cursor");
const width = dialog.querySelector("#mask-width");
const status = dialog.querySelector("#mask-said");
const at = { x: 0, y: 0 };
let stroke = null;

const size = () => (Number(width.value) / 100) * Math.max(canvas.width, canvas.height);
const paint = (from, to) => drawLine(from, to, size(), form.elements.tool.value === "eraser");

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

const actions = { undo, invert, clear };
dialog.addEventListener("click", ({ target }) => actions[target.closest("button")?.value]?.());
dialog.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") undo();
});

// Return the mask's picture, "" for everywhere, or null if nothing was changed.
export async function paintMask({ title, src, mask }) {
  document.querySelector("#mask-title").textContent = title;
  photo.src = src;
  await photo.decode();
  start(photo);
  area.style.setProperty("--ratio", canvas.width / canvas.height);
  status.textContent = "";
  if (mask) await load(mask).catch(() => {});
  dialog.returnValue = "cancel";
  dialog.showModal();
  place({ x: canvas.width / 2, y: canvas.height / 2 });
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue === "done") return isPainted() ? toPicture() : "";
  return dialog.returnValue === "everywhere" ? "" : null;
}
