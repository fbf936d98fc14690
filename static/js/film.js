// Films: requests one, shows its progress, and then offers it for playing and download.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function fetchState(url, options = {}) {
  const answer = await fetch(url, {
    ...options,
    headers: { Accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.timeout(10000),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error?.message);
  return said;
}

async function follow(form, state) {
  const [meter, words] = [form.querySelector("progress"), form.querySelector("[role=status]")];
  let lost = 0;
  while (["waiting", "making"].includes(state.state)) {
    meter.hidden = false;
    meter.value = state.percent;
    words.textContent = state.sentence;
    await pause(document.hidden ? 3000 : 600);
    try {
      state = await fetchState(form.dataset.status);
      lost = 0;
    } catch {
      lost += 1;
      if (lost > 8) state = { state: "none" };
    }
  }
  meter.hidden = true;
  form.querySelector("button").hidden = state.state === "ready";
  words.textContent = state.sentence || "The film was not made. Please try again.";
  if (state.state === "ready") present(form, state.url);
}

function present(form, url) {
  const link = form.querySelector("a");
  link.href = `${url}?download`;
  link.hidden = false;
  const screen = document.querySelector("#film-player");
  if (!url.endsWith(".mp4") || !screen) return;
  screen.src = url;
  screen.hidden = false;
}

for (const form of document.querySelectorAll("form.film")) {
  const say = (error) => (form.querySelector("[role=status]").textContent = error.message || "The connection is lost. Please try again.");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("button").disabled = true;
    await fetchState(form.action, { method: "POST", body: new FormData(form) }).then((state) => follow(form, state)).catch(say);
    form.querySelector("button").disabled = false;
  });
  if (["waiting", "making"].includes(form.dataset.state)) follow(form, { state: form.dataset.state, percent: 0, sentence: "" }).catch(say);
}
