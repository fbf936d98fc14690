// A painting: sends slider changes at once, and shows those made on another page.

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
    say("The connection is lost, so this change has not arrived yet. Trying again.");
    waiting = new Map([...sent, ...waiting]);
    setTimeout(send, 3000);
  } finally {
    sending = false;
  }
  if (error.hidden) send();
}

let timer = 0;
function move(box) {
  waiting.set(box.name, box.value);
  clearTimeout(timer);
  timer = setTimeout(send, 250);
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

// Send what is pending when the page is left, or reloads because the painting's status changed.
window.addEventListener("pagehide", send);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

// Let somebody paint where a style goes, and send it like any other change.
async function changeMask(button, { masks, to, uploads, photo }) {
  const { place, name, mask } = button.dataset;
  const { paintMask } = await import(masks);
  const drawn = await paintMask({ title: `Where “${name}” goes`, src: photo, mask });
  button.focus();
  if (drawn === null) return;
  const post = async (url, body) => {
    const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
    const answer = await fetch(url, { method: "POST", body, headers });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error.message, { cause: "server" });
    return said;
  };
  try {
    const body = new FormData();
    body.append("role", "mask");
    if (drawn) body.append("file", drawn, "mask.png");
    const staged = drawn && (await post(uploads, body));
    button.dataset.mask = drawn ? `/files/uploads/${staged.id}/1280.webp` : "";
    version = (await post(to, new URLSearchParams({ place, mask: staged ? staged.id : "" }))).recipe_version;
    say("");
  } catch (error) {
    say(error.cause === "server" ? error.message : "The connection is lost, so the mask was not saved. Please paint it again.");
  }
}

form.querySelector(".mask-buttons")?.addEventListener("click", async ({ target, currentTarget: buttons }) => {
  const button = target.closest("button");
  if (!button) return;
  buttons.dataset.masking = ""; // keeps the page from reloading meanwhile
  try {
    await changeMask(button, buttons.dataset);
  } finally {
    delete buttons.dataset.masking;
  }
});

painting.addEventListener("state", ({ detail: state }) => {
  if (state.recipe_version <= version || waiting.size || sending) return;
  version = state.recipe_version;
  for (const [name, value] of Object.entries(state.sliders)) {
    const box = form.elements[name];
    if (box && box !== document.activeElement) box.value = rangeOf(box).value = value;
  }
});
