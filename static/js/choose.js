// Gallery: selects pictures by mouse and keyboard. Arrows move, X selects, 1 to 5 rate, Delete deletes.

const bar = document.querySelector("#chosen");
const count = document.querySelector("#count");
const boxes = [...document.querySelectorAll(".choose input")];
const links = [...document.querySelectorAll(".picture-grid .picture-item a")];
const hint = count.textContent;
const deletedAtKey = "deleted at";
let last = null;

function update() {
  const selected = boxes.filter((box) => box.checked).length;
  count.textContent = selected ? `${selected} selected` : hint;
  bar.classList.toggle("busy", selected > 0);
  for (const button of bar.querySelectorAll("[data-least]")) {
    const { least, most = boxes.length } = button.dataset;
    button.disabled = selected < Number(least) || selected > Number(most);
  }
  document.querySelector("#all").textContent = selected && selected === boxes.length ? "Select none" : "Select all";
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

document.querySelector("#all").addEventListener("click", () => {
  const all = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = all;
  update();
});

async function rate(item, rating) {
  const stars = item.querySelector(".stars");
  if (!stars) return;
  const answer = await fetch(`${item.querySelector("a").href}/label`, {
    method: "POST",
    body: new URLSearchParams({ rating }),
    headers: { Accept: "application/json", "X-CSRFToken": bar.elements.csrf_token.value },
  }).catch(() => null);
  if (!answer?.ok) {
    count.textContent = "The rating could not be saved. Please try again.";
    return;
  }
  stars.dataset.rating = rating;
  stars.textContent = "★".repeat(rating);
  count.textContent = `${rating} of 5 stars`;
}

// Above or below, return the picture whose middle is nearest.
function neighbour(from, key) {
  const at = links.indexOf(from);
  if (key === "ArrowLeft") return links[at - 1];
  if (key === "ArrowRight") return links[at + 1];
  const middle = (link) => {
    const box = link.closest(".picture-item").getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y };
  };
  const start = middle(from);
  const down = key === "ArrowDown" ? 1 : -1;
  const rows = links.map((link) => ({ link, ...middle(link) })).filter(({ y }) => down * (y - start.y) > 8);
  const next = Math.min(...rows.map(({ y }) => down * y));
  const row = rows.filter(({ y }) => down * y < next + 8);
  return row.sort((a, b) => Math.abs(a.x - start.x) - Math.abs(b.x - start.x))[0]?.link;
}

// With no picture focused, an arrow key goes to the first one in view.
const firstInView = () => links.find((link) => link.closest(".picture-item").getBoundingClientRect().top >= 0) ?? links[0];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const item = event.target.closest(".picture-grid .picture-item");
  if (!item) {
    if (!event.key.startsWith("Arrow") || !event.target.matches("body, main, .bar .button")) return;
    event.preventDefault();
    return firstInView().focus();
  }
  const box = item.querySelector(".choose input");
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    neighbour(item.querySelector("a"), event.key)?.focus();
  } else if (event.key === "x" && box) {
    box.click();
  } else if (/^[1-5]$/.test(event.key)) {
    rate(item, Number(event.key));
  } else if (event.key === "Delete" && box) {
    if (!boxes.some((other) => other.checked)) box.checked = true;
    update();
    sessionStorage.setItem(deletedAtKey, links.indexOf(item.querySelector("a")));
    bar.requestSubmit(document.querySelector("#delete"));
  }
});

// After deleting with the keyboard, keep the focus where the deleted picture was.
const at = sessionStorage.getItem(deletedAtKey);
sessionStorage.removeItem(deletedAtKey);
if (at !== null) links[Math.min(at, links.length - 1)].focus();

update();
window.addEventListener("pageshow", update);
