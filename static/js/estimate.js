// Paint: updates the estimate when a setting changes.

const form = document.querySelector("#paint");
const place = document.querySelector("#estimate");
let timer = 0;

async function ask() {
  const chosen = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrf_token");
  const answer = await fetch(`${place.dataset.ask}?${new URLSearchParams(chosen)}`, {
    headers: { Accept: "application/json" },
  }).catch(() => null);
  if (!answer || answer.status >= 500) return;
  const said = await answer.json();
  place.textContent = said.sentence ?? said.error.message;
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(ask, 400);
}

form.addEventListener("input", schedule);
form.addEventListener("staged", schedule);
