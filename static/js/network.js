// About: shows the progress of the network's download.

import { getJson } from "./lib/http.js";
import { poll } from "./lib/timing.js";

const form = document.querySelector("#fetching");
const wait = 1000;

poll(
  async () => {
    const { state, sentence, percent } = await getJson(form.dataset.ask);
    if (state !== "running" && state !== form.dataset.state) return location.reload();
    form.querySelector(".note").textContent = sentence;
    if (percent !== null) form.querySelector(".meter").value = percent;
    return wait;
  },
  { wait },
);
