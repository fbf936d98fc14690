// Paint: the wall of styles. Ticking one hangs it in the style's frame; the search narrows the wall.

const form = document.querySelector("#paint");
const wall = document.querySelector("#wall");
const frame = document.querySelector("#styles");
const found = document.querySelector("#found");
const most = 4;

const mix = document.querySelector("#mix");
const tileOf = (pick) => [...frame.children].find((tile) => tile.dataset.key === pick.value);

// What keeps something from being found or taken, and its code.
function say(code, sentence) {
  found.dataset.code = code;
  found.textContent = sentence;
}

// What is in the frame goes with the form, so the wall itself sends nothing.
for (const pick of wall.querySelectorAll(".pick")) pick.removeAttribute("name");

// A picture that was brought along hangs on the wall from now on, so that it is still there when it is unticked.
async function hang(tile) {
  if (wall.querySelector(`.pick[value="${tile.dataset.key}"]`)) return;
  const piece = document.querySelector("#hung-template").content.firstElementChild.cloneNode(true);
  const pick = piece.querySelector(".pick");
  const picture = piece.querySelector("img");
  const name = tile.querySelector(".name").textContent;
  pick.removeAttribute("name");
  pick.value = tile.dataset.key;
  pick.dataset.name = piece.querySelector(".name").textContent = name;
  piece.dataset.words = name.toLowerCase();
  picture.src = tile.querySelector("img").src;
  document.querySelector("#hanging").append(piece);
  agree();
  await picture.decode();
  piece.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
}

form.addEventListener("hang", ({ detail }) => hang(detail));
for (const tile of frame.children) if (!tile.querySelector("[name=feedforward_style]")) hang(tile);

function agree() {
  for (const pick of wall.querySelectorAll(".pick")) pick.checked = Boolean(tileOf(pick));
}

wall.addEventListener("change", ({ target: pick }) => {
  if (!pick.matches(".pick")) return;
  const { kind, name } = pick.dataset;
  if (pick.checked && mix.checked && kind !== "instant" && frame.children.length >= most) {
    pick.checked = false;
    return say("too-many-styles", `At most ${most} styles go together; untick one to make room.`);
  }
  say("", "");
  const tile = tileOf(pick);
  if (tile) {
    const use = tile.querySelector(".use");
    return use.disabled ? tile.remove() : use.click();
  }
  const src = pick.parentElement.querySelector("img").src.replace("/320.webp", "/640.webp");
  const id = { library: "piece", instant: "instant" }[kind] ?? "id";
  form.dispatchEvent(new CustomEvent("take-style", { detail: { [id]: pick.value, name, src } }));
});

// No more mixing: the first stays.
mix.addEventListener("change", () => {
  if (!mix.checked) for (const tile of [...frame.children].slice(1)) tile.querySelector(".use").click();
});

new MutationObserver(agree).observe(frame, { childList: true });

const search = document.querySelector("#q");
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const piece of wall.querySelectorAll(".hung")) {
    piece.hidden = !words.every((word) => piece.dataset.words.includes(word));
    if (!piece.hidden) shown += 1;
  }
  if (shown) say("", "");
  else say("nothing-found", "Nothing on the wall is called that; try another word.");
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // the wall has followed every letter already
});

agree();
window.addEventListener("pageshow", agree);
