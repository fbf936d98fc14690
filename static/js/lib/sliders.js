// Sliders beside number boxes: each follows the other.

const rangeOf = (box) => box.form.querySelector(`.range[data-of="${box.name}"]`);

// `onMove` gets the box, whichever of the two was moved.
export function pairSliders(form, onMove = () => {}) {
  for (const range of form.querySelectorAll(".range[data-of]")) {
    const box = document.getElementById(range.dataset.of);
    range.addEventListener("input", () => {
      box.value = range.value;
      onMove(box);
    });
    box.addEventListener("input", () => {
      range.value = box.value;
      onMove(box);
    });
  }
}

// Set a box, and its slider if it has one.
export function setValue(box, value) {
  box.value = value;
  const range = rangeOf(box);
  if (range) range.value = value;
}
