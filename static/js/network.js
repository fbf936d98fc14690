// About: shows the progress of the network's download.

const form = document.querySelector("#fetching");
const note = form.querySelector(".note");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

for (;;) {
  await pause(1000);
  const answer = await fetch(form.dataset.ask, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) continue;
  const { state, sentence, percent } = await answer.json();
  if (state !== "running" && state !== form.dataset.state) location.reload();
  note.textContent = sentence;
  if (percent !== null) form.querySelector(".meter").value = percent;
}
