// A finished painting: saves its rating, title and notes as soon as they change.

const card = document.querySelector("#card");
const status = document.querySelector("#kept");

async function save() {
  const answer = await fetch(card.action, {
    method: "POST",
    body: new FormData(card),
    headers: { Accept: "application/json" },
  }).catch(() => null);
  status.dataset.state = answer?.ok ? "kept" : "lost";
  status.textContent = answer?.ok ? "Saved" : "Not saved: the connection is lost. Please try again.";
  if (!answer?.ok) return;
  const { title } = await answer.json();
  document.querySelector("h1").textContent = title;
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
