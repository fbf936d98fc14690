// A finished painting: look back at how it came to be, in the large frame.

const scrub = document.querySelector("#scrub");
const said = document.querySelector("#scrubbed");
const shown = document.querySelector(".compare .after");
const finished = shown.src;
const row = document.querySelector(".frames");
const steps = [...row.querySelectorAll("input")];

// Not scrollIntoView, which would move the page, too.
function reach(piece) {
  row.scrollLeft = piece.offsetLeft - (row.clientWidth - piece.offsetWidth) / 2;
}

function show(place) {
  const box = steps[place];
  const small = box.parentElement.querySelector("img");
  reach(box.parentElement);
  shown.src = box.value ? small.src : finished;
  said.textContent = small.alt;
  scrub.value = place;
}

scrub.addEventListener("input", () => {
  steps[scrub.value].checked = true;
  show(Number(scrub.value));
});
row.addEventListener("change", (event) => show(steps.indexOf(event.target)));

// Near the slider all of them are fetched, so that it moves without waiting.
document.querySelector("#further").addEventListener("toggle", () => {
  for (const box of steps) box.parentElement.querySelector("img").loading = "eager";
  reach(row.querySelector(":checked").parentElement);
});
