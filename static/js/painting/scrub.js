// A finished painting: shows earlier snapshots in the large picture.

const scrub = document.querySelector("#scrub");
const label = document.querySelector("#scrub-label");
const shown = document.querySelector(".compare .after");
const finished = shown.src;
const row = document.querySelector(".snapshots");
const steps = [...row.querySelectorAll("input")];

// Scroll only the row; scrollIntoView would also move the page.
function scrollTo(item) {
  row.scrollLeft = item.offsetLeft - (row.clientWidth - item.offsetWidth) / 2;
}

function show(place) {
  const box = steps[place];
  const small = box.parentElement.querySelector("img");
  scrollTo(box.parentElement);
  shown.src = box.value ? small.src : finished;
  label.textContent = small.alt;
  scrub.value = place;
}

scrub.addEventListener("input", () => {
  steps[scrub.value].checked = true;
  show(Number(scrub.value));
});
row.addEventListener("change", (event) => show(steps.indexOf(event.target)));

// Load every snapshot when the panel opens, so that the slider does not have to wait.
document.querySelector("#further").addEventListener("toggle", () => {
  for (const box of steps) box.parentElement.querySelector("img").loading = "eager";
  scrollTo(row.querySelector(":checked").parentElement);
});
