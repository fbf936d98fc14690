// Paint: how long it will take follows what is chosen.

const form = document.querySelector("#paint");
const place = document.querySelector("#estimate");
let rest = 0;

async function ask() {
  const chosen = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrf_token");
  const answer = await fetch(`${place.dataset.ask}?${new URLSearchParams(chosen)}`, {
    headers: { Accept: "application/json" },
  }).catch(() => null);
  if (!answer || answer.status >= 500) return;
  const said = await answer.json();
  place.textContent = said.sentence ?? said.error.message;
}

function later() {
  clearTimeout(rest);
  rest = setTimeout(ask, 400);
}

form.addEventListener("input", later);
form.addEventListener("staged", later);
