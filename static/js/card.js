// A finished painting: what is written beside it is kept as soon as it is written.

const card = document.querySelector("#card");
const kept = document.querySelector("#kept");

async function keep() {
  const answer = await fetch(card.action, {
    method: "POST",
    body: new FormData(card),
    headers: { Accept: "application/json" },
  }).catch(() => null);
  kept.dataset.state = answer?.ok ? "kept" : "lost";
  kept.textContent = answer?.ok ? "Kept" : "Not kept; the connection is lost. Try again.";
  if (!answer?.ok) return;
  const { title } = await answer.json();
  document.querySelector("h1").textContent = title;
}

card.addEventListener("change", keep);
card.addEventListener("input", () => {
  kept.textContent = "";
  delete kept.dataset.state;
});
card.addEventListener("submit", (event) => {
  event.preventDefault();
  keep();
});
