// Masks: the canvas, which is opaque where the style goes and transparent elsewhere.

export const canvas = document.querySelector("#mask canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const longerSide = 768;
const maxUndo = 30;
let earlier = [];

const pixels = () => pen.getImageData(0, 0, canvas.width, canvas.height);

// Start with an empty mask in the shape of the photo.
export function start({ naturalWidth, naturalHeight }) {
  const scale = longerSide / Math.max(naturalWidth, naturalHeight);
  canvas.width = Math.round(naturalWidth * scale);
  canvas.height = Math.round(naturalHeight * scale);
  earlier = [];
}

// Keep the mask as it is now, for undo().
export function remember() {
  earlier.push(pixels());
  if (earlier.length > maxUndo) earlier.shift();
}

export function undo() {
  if (earlier.length) pen.putImageData(earlier.pop(), 0, 0);
}

// Draw a line between two points; a dot when they are the same.
export function drawLine(from, to, width, erasing) {
  pen.globalCompositeOperation = erasing ? "destination-out" : "source-over";
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = width;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x + 0.01, to.y);
  pen.stroke();
}

function fill(operation, colour) {
  pen.globalCompositeOperation = operation;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

export function invert() {
  remember();
  fill("source-out", getComputedStyle(canvas).color);
}

export function clear() {
  remember();
  pen.clearRect(0, 0, canvas.width, canvas.height);
}

export const isPainted = () => pixels().data.some((value, i) => i % 4 === 3 && value);

// Return the mask as a PNG: white where something is painted, black elsewhere.
export function toPicture() {
  fill("source-in", "#fff");
  fill("destination-over", "#000");
  return new Promise((resolve) => canvas.toBlob(resolve));
}

// Load a mask that was painted before.
export async function load(url) {
  const before = new Image();
  before.src = url;
  await before.decode();
  pen.drawImage(before, 0, 0, canvas.width, canvas.height);
  const loaded = pixels();
  for (let i = 0; i < loaded.data.length; i += 4) loaded.data[i + 3] = loaded.data[i];
  pen.putImageData(loaded, 0, 0);
  fill("source-in", getComputedStyle(canvas).color);
}
