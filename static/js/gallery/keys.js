// Gallery: by keyboard, arrows move, X selects, 1 to 5 rate, Delete deletes.

import { post } from "../lib/http.js";
import { takeItem } from "../lib/session.js";
import { deleteSelected, say } from "./select.js";

const links = [...document.querySelectorAll(".picture-grid .picture-item a")];
const deletedAtKey = "deleted at";

async function rate(item, rating) {
  const stars = item.querySelector(".stars");
  if (!stars) return;
  try {
    await post(`${item.querySelector("a").href}/label`, new URLSearchParams({ rating }));
  } catch {
    return say("The rating could not be saved. Please try again.");
  }
  stars.dataset.rating = rating;
  stars.textContent = "★".repeat(rating);
  say(`${rating} of 5 stars`);
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
  const link = item.querySelector("a");
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    neighbour(link, event.key)?.focus();
  } else if (event.key === "x" && box) {
    box.click();
  } else if (/^[1-5]$/.test(event.key)) {
    rate(item, Number(event.key));
  } else if (event.key === "Delete" && box) {
    sessionStorage.setItem(deletedAtKey, links.indexOf(link));
    deleteSelected(box);
  }
});

// After deleting with the keyboard, keep the focus where the deleted picture was.
const at = takeItem(deletedAtKey);
if (at !== null) links[Math.min(at, links.length - 1)].focus();
