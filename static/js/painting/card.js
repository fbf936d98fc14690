// A finished painting: saves its rating, title and notes as soon as they change.

import { post } from "../lib/http.js";

const card = document.querySelector("#card");
const status = document.querySelector("#kept");

async function save() {
  const saved = await post(card.action, new FormData(card)).catch(() => null);
  status.dataset.state = saved ? "kept" : "lost";
  status.textContent = saved ? "Saved" : "Not saved: the connection is lost. Please try again.";
  if (saved) document.querySelector("h1").textContent = saved.title;
}

card.addEventListener("change", save);
card.addEventListener("input", () => {
  status.textContent = "";
  delete status.dataset.state;
});
card.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
