// A painting: what is moved while it is painted is sent at once; what another page moved is shown.

const painting = document.querySelector("#painting");
const form = document.querySelector("#steer");
const error = document.querySelector("#steer-error");
let version = Number(form.dataset.version);
let waiting = new Map();
let sending = false;

const rangeOf = (box) => form.querySelector(`.range[data-of="${box.name}"]`);

function say(sentence) {
  error.hidden = !sentence;
  error.querySelector("span").textContent = sentence;
}

async function send() {
  if (sending || !waiting.size) return;
  sending = true;
  const body = new URLSearchParams([...waiting]);
  const sent = waiting;
  waiting = new Map();
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      keepalive: true,
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
    });
    const state = await answer.json();
    say(answer.ok ? "" : state.error.message);
    if (answer.ok) version = state.recipe_version;
  } catch {
    say("The connection is lost, so the painter has not heard of this yet. Trying again.");
    waiting = new Map([...sent, ...waiting]);
    setTimeout(send, 3000);
  } finally {
    sending = false;
  }
  if (error.hidden) send();
}

let rest = 0;
function move(box) {
  waiting.set(box.name, box.value);
  clearTimeout(rest);
  rest = setTimeout(send, 250);
}

for (const range of form.querySelectorAll(".range")) {
  const box = document.getElementById(range.dataset.of);
  range.addEventListener("input", () => {
    box.value = range.value;
    move(box);
  });
  box.addEventListener("input", () => {
    range.value = box.value;
    if (box.value !== "" && box.checkValidity()) move(box);
  });
}

// Whoever leaves, or whose page is loaded anew because the painting has moved on, has still moved the slider.
window.addEventListener("pagehide", send);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

// Where a style goes is painted over the photo, and followed like everything else.
async function changeMask(button, { masks, to, uploads, photo }) {
  const { place, name, mask } = button.dataset;
  const { paintMask } = await import(masks);
  const made = await paintMask({ title: `Where “${name}” goes`, src: photo, mask });
  button.focus();
  if (made === null) return;
  const post = async (url, body) => {
    const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
    const answer = await fetch(url, { method: "POST", body, headers });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error.message, { cause: "said" });
    return said;
  };
  try {
    const body = new FormData();
    body.append("role", "mask");
    if (made) body.append("file", made, "mask.png");
    const staged = made && (await post(uploads, body));
    button.dataset.mask = made ? `/files/uploads/${staged.id}/1280.webp` : "";
    version = (await post(to, new URLSearchParams({ place, mask: staged ? staged.id : "" }))).recipe_version;
    say("");
  } catch (error) {
    say(error.cause === "said" ? error.message : "The connection is lost, so the mask was not taken; paint it once more.");
  }
}

form.querySelector(".wheres")?.addEventListener("click", async ({ target, currentTarget: wheres }) => {
  const button = target.closest("button");
  if (!button) return;
  wheres.dataset.masking = ""; // the page is not loaded anew meanwhile
  try {
    await changeMask(button, wheres.dataset);
  } finally {
    delete wheres.dataset.masking;
  }
});

painting.addEventListener("told", ({ detail: state }) => {
  if (state.recipe_version <= version || waiting.size || sending) return;
  version = state.recipe_version;
  for (const [name, value] of Object.entries(state.sliders)) {
    const box = form.elements[name];
    if (box && box !== document.activeElement) box.value = rangeOf(box).value = value;
  }
});
