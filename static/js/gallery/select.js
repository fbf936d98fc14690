// Gallery: selects pictures, and offers what can be done with as many.

const bar = document.querySelector("#chosen");
const count = document.querySelector("#count");
const all = document.querySelector("#all");
const boxes = [...document.querySelectorAll(".choose input")];
const hint = count.textContent;
let last = null;

export function say(sentence) {
  count.textContent = sentence;
}

function update() {
  const selected = boxes.filter((box) => box.checked).length;
  say(selected ? `${selected} selected` : hint);
  bar.classList.toggle("busy", selected > 0);
  for (const button of bar.querySelectorAll("[data-least]")) {
    const { least, most = boxes.length } = button.dataset;
    button.disabled = selected < Number(least) || selected > Number(most);
  }
  all.textContent = selected && selected === boxes.length ? "Select none" : "Select all";
}

// Submit the form that deletes what is selected, or this one if nothing is.
export function deleteSelected(box) {
  if (!boxes.some((other) => other.checked)) box.checked = true;
  update();
  bar.requestSubmit(document.querySelector("#delete"));
}

for (const box of boxes) {
  box.addEventListener("click", (event) => {
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    update();
  });
}

all.addEventListener("click", () => {
  const checked = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = checked;
  update();
});

update();
window.addEventListener("pageshow", update);
