// A finished painting: what is written beside it is kept as soon as it is written.

const card = document.querySelector("#card");
const save = card.querySelector("button");

async function keep() {
  save.textContent = "Saving";
  const answer = await fetch(card.action, {
    method: "POST",
    body: new FormData(card),
    headers: { Accept: "application/json" },
  }).catch(() => null);
  save.textContent = answer?.ok ? "Saved" : "Not saved; try again";
  if (!answer?.ok) return;
  const { title } = await answer.json();
  document.querySelector("h1").textContent = title;
}

card.addEventListener("change", keep);
card.addEventListener("input", () => (save.textContent = "Save"));
card.addEventListener("submit", (event) => {
  event.preventDefault();
  keep();
});
