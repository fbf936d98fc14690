// Paint: the styles to pick from. Ticking one moves it into the form; the search narrows the list.

const form = document.querySelector("#paint");
const picker = document.querySelector("#style-picker");
const chosen = document.querySelector("#styles");
const found = document.querySelector("#found");
const maxStyles = 4;

const mix = document.querySelector("#mix");
const tileOf = (pick) => [...chosen.children].find((tile) => tile.dataset.key === pick.value);

// Explain why nothing was found or picked; the code is for programs.
function say(code, sentence) {
  found.dataset.code = code;
  found.textContent = sentence;
}

// The form sends the chosen styles, so the picker itself sends nothing.
for (const pick of picker.querySelectorAll(".pick")) pick.removeAttribute("name");

// List an uploaded picture among the styles, so that it is still there after it is unticked.
async function addOption(tile) {
  if (picker.querySelector(`.pick[value="${tile.dataset.key}"]`)) return;
  const option = document.querySelector("#style-option-template").content.firstElementChild.cloneNode(true);
  const pick = option.querySelector(".pick");
  const picture = option.querySelector("img");
  const name = tile.querySelector(".name").textContent;
  pick.removeAttribute("name");
  pick.value = tile.dataset.key;
  pick.dataset.name = option.querySelector(".name").textContent = name;
  option.dataset.words = name.toLowerCase();
  picture.src = tile.querySelector("img").src;
  document.querySelector("#style-list").append(option);
  update();
  await picture.decode();
  option.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
}

form.addEventListener("add-style-option", ({ detail }) => addOption(detail));
for (const tile of chosen.children) if (!tile.querySelector("[name=feedforward_style]")) addOption(tile);

function update() {
  for (const pick of picker.querySelectorAll(".pick")) pick.checked = Boolean(tileOf(pick));
}

picker.addEventListener("change", ({ target: pick }) => {
  if (!pick.matches(".pick")) return;
  const { kind, name } = pick.dataset;
  if (pick.checked && mix.checked && kind !== "instant" && chosen.children.length >= maxStyles) {
    pick.checked = false;
    return say("too-many-styles", `You can mix at most ${maxStyles} styles. Untick one to make room.`);
  }
  say("", "");
  const tile = tileOf(pick);
  if (tile) {
    const use = tile.querySelector(".use");
    return use.disabled ? tile.remove() : use.click();
  }
  const src = pick.parentElement.querySelector("img").src.replace("/320.webp", "/640.webp");
  const id = { library: "pictureId", instant: "instant" }[kind] ?? "id";
  form.dispatchEvent(new CustomEvent("choose-style", { detail: { [id]: pick.value, name, src } }));
});

// Without mixing, only the first style stays.
mix.addEventListener("change", () => {
  if (!mix.checked) for (const tile of [...chosen.children].slice(1)) tile.querySelector(".use").click();
});

new MutationObserver(update).observe(chosen, { childList: true });

const search = document.querySelector("#q");
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const option of picker.querySelectorAll(".style-option")) {
    option.hidden = !words.every((word) => option.dataset.words.includes(word));
    if (!option.hidden) shown += 1;
  }
  if (shown) say("", "");
  else say("nothing-found", "No style matches that. Try another word.");
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // the list has already followed every letter
});

update();
window.addEventListener("pageshow", update);
