// Gallery: choosing many, and the keyboard. Arrows move, X chooses, 1 to 5 rate, Delete deletes.

const bar = document.querySelector("#chosen");
const count = document.querySelector("#count");
const boxes = [...document.querySelectorAll(".choose input")];
const links = [...document.querySelectorAll(".hang .piece a")];
const hint = count.textContent;
const wentOn = "deleted at";
let last = null;

function agree() {
  const chosen = boxes.filter((box) => box.checked).length;
  count.textContent = chosen ? `${chosen} chosen` : hint;
  bar.classList.toggle("busy", chosen > 0);
  for (const button of bar.querySelectorAll("[data-least]")) {
    const { least, most = boxes.length } = button.dataset;
    button.disabled = chosen < Number(least) || chosen > Number(most);
  }
  document.querySelector("#all").textContent = chosen && chosen === boxes.length ? "Choose none" : "Choose all";
}

for (const box of boxes) {
  box.addEventListener("click", (event) => {
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    agree();
  });
}

document.querySelector("#all").addEventListener("click", () => {
  const all = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = all;
  agree();
});

async function rate(piece, rating) {
  const place = piece.querySelector(".stars");
  if (!place) return;
  const answer = await fetch(`${piece.querySelector("a").href}/label`, {
    method: "POST",
    body: new URLSearchParams({ rating }),
    headers: { Accept: "application/json", "X-CSRFToken": bar.elements.csrf_token.value },
  }).catch(() => null);
  if (!answer?.ok) {
    count.textContent = "The rating could not be kept; try again.";
    return;
  }
  place.dataset.rating = rating;
  place.textContent = "★".repeat(rating);
  count.textContent = `${rating} of 5 stars`;
}

// The picture above or below is the one whose middle is nearest.
function beside(from, key) {
  const at = links.indexOf(from);
  if (key === "ArrowLeft") return links[at - 1];
  if (key === "ArrowRight") return links[at + 1];
  const middle = (link) => {
    const box = link.closest(".piece").getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y };
  };
  const here = middle(from);
  const down = key === "ArrowDown" ? 1 : -1;
  const rows = links.map((link) => ({ link, ...middle(link) })).filter(({ y }) => down * (y - here.y) > 8);
  const next = Math.min(...rows.map(({ y }) => down * y));
  const row = rows.filter(({ y }) => down * y < next + 8);
  return row.sort((a, b) => Math.abs(a.x - here.x) - Math.abs(b.x - here.x))[0]?.link;
}

// From nowhere in particular an arrow goes to the first picture that is in view.
const firstInView = () => links.find((link) => link.closest(".piece").getBoundingClientRect().top >= 0) ?? links[0];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const piece = event.target.closest(".hang .piece");
  if (!piece) {
    if (!event.key.startsWith("Arrow") || !event.target.matches("body, main, .bar .button")) return;
    event.preventDefault();
    return firstInView().focus();
  }
  const box = piece.querySelector(".choose input");
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    beside(piece.querySelector("a"), event.key)?.focus();
  } else if (event.key === "x" && box) {
    box.click();
  } else if (/^[1-5]$/.test(event.key)) {
    rate(piece, Number(event.key));
  } else if (event.key === "Delete" && box) {
    if (!boxes.some((other) => other.checked)) box.checked = true;
    agree();
    sessionStorage.setItem(wentOn, links.indexOf(piece.querySelector("a")));
    bar.requestSubmit(document.querySelector("#delete"));
  }
});

// Whoever deleted by key goes on where that was.
const at = sessionStorage.getItem(wentOn);
sessionStorage.removeItem(wentOn);
if (at !== null) links[Math.min(at, links.length - 1)].focus();

agree();
window.addEventListener("pageshow", agree);
