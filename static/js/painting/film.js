// Films: requests one, shows its progress, and then offers it for playing and download.

import { getJson, post, sentenceOf } from "../lib/http.js";
import { poll } from "../lib/timing.js";

const maxLost = 5;

function follow(form, state) {
  const isMaking = () => ["waiting", "making"].includes(state.state);
  const show = () => {
    const [meter, words] = [form.querySelector("progress"), form.querySelector("[role=status]")];
    meter.hidden = !isMaking();
    meter.value = state.percent ?? 0;
    words.textContent = state.sentence || (isMaking() ? "" : "The film was not made. Please try again.");
    form.querySelector("button").hidden = state.state === "ready";
    if (state.state === "ready") present(form, state.url);
  };
  const next = () => (show(), isMaking() ? 600 : 0);
  return poll(
    async () => {
      state = await getJson(form.dataset.status);
      return next();
    },
    {
      wait: next(),
      onLost: (times) => {
        if (times < maxLost) return false;
        state = { state: "none" };
        show();
        return true;
      },
    },
  );
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

async function order(form) {
  form.querySelector("button").disabled = true;
  try {
    await follow(form, await post(form.action, new FormData(form)));
  } catch (error) {
    form.querySelector("[role=status]").textContent = sentenceOf(error, "The connection is lost. Please try again.");
  }
  form.querySelector("button").disabled = false;
}

for (const form of document.querySelectorAll("form.film")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    order(form);
  });
  if (["waiting", "making"].includes(form.dataset.state)) follow(form, { state: form.dataset.state, percent: 0, sentence: "" });
}
