// Paint: how long it will take follows what is chosen.

const form = document.querySelector("#paint");
const place = document.querySelector("#estimate");
let rest = 0;

async function ask() {
  const chosen = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrf_token");
  const answer = await fetch(`${place.dataset.ask}?${new URLSearchParams(chosen)}`, {
    headers: { Accept: "application/json" },
  }).catch(() => null);
  if (answer?.ok) place.textContent = (await answer.json()).sentence;
}

function later() {
  clearTimeout(rest);
  rest = setTimeout(ask, 400);
}

form.addEventListener("input", later);
form.addEventListener("staged", later);
