// Paint: the wall of styles. Ticking one hangs it in the style's frame; the search narrows the wall.

const form = document.querySelector("#paint");
const wall = document.querySelector("#wall");
const frame = document.querySelector("#styles");
const found = document.querySelector("#found");
const most = 4;

const tileOf = (pick) => [...frame.children].find((tile) => tile.dataset.key === pick.value);
const inUse = () => frame.querySelectorAll(".use:checked").length;

// What is in the frame goes with the form, so the wall itself sends nothing.
for (const pick of wall.querySelectorAll(".pick")) pick.removeAttribute("name");

function agree() {
  for (const pick of wall.querySelectorAll(".pick")) pick.checked = Boolean(tileOf(pick)?.querySelector(".use").checked);
}

wall.addEventListener("change", ({ target: pick }) => {
  if (!pick.matches(".pick")) return;
  const use = tileOf(pick)?.querySelector(".use");
  if (pick.checked && inUse() >= most) {
    pick.checked = false;
    found.textContent = `At most ${most} styles go together; untick one to make room.`;
    return;
  }
  found.textContent = "";
  if (use) {
    if (use.checked !== pick.checked) use.click();
    return;
  }
  const { kind, name } = pick.dataset;
  const src = pick.parentElement.querySelector("img").src.replace("/320.webp", "/640.webp");
  const detail = kind === "library" ? { library: pick.value, name, src } : { id: pick.value, name, src };
  form.dispatchEvent(new CustomEvent("take-style", { detail }));
});

frame.addEventListener("change", agree);
new MutationObserver(agree).observe(frame, { childList: true });

const search = document.querySelector("#q");
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const piece of wall.querySelectorAll(".hung")) {
    piece.hidden = !words.every((word) => piece.dataset.words.includes(word));
    if (!piece.hidden) shown += 1;
  }
  found.textContent = shown ? "" : "Nothing on the wall is called that; try another word.";
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // the wall has followed every letter already
});

agree();
window.addEventListener("pageshow", agree);
