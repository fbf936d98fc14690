// Paint: shows a draft over the photo, and redraws it after every change.

const form = document.querySelector("#paint");
const frame = document.querySelector("#photo-view");
const note = document.querySelector("#draft-note");
const peek = document.querySelector("#peek");
const thumbnail = document.querySelector("#draft-thumbnail");
const sentences = {
  here: "A quick draft. The painting itself will be much more refined.",
  masked: "A quick draft with every style everywhere. The painting itself follows your masks.",
  instant: "What this instant style makes of it.",
  busy: "Drafting…",
  lost: "The connection is lost. The draft will appear when it is back.",
  photo: "Your photo.",
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let shown = "";
let timer = 0;
let controller = null;

function say(code, sentence = sentences[code] ?? "") {
  note.dataset.code = code;
  if (note.textContent !== sentence) note.textContent = sentence;
}

function codeOf(question) {
  if (question.feedforward_style) return "instant";
  return [...form.querySelectorAll(".mask")].some((mask) => mask.value) ? "masked" : "here";
}

// Return what to draft as JSON, or an empty string.
function draftRequest() {
  const uses = [...form.querySelectorAll(".use:checked:enabled")];
  const content = form.elements.photo_id.value;
  if (!content || !uses.length) return "";
  const percent = (name) => Number(form.elements[name].value);
  const sliders = { strength: percent("strength"), keep_colours: percent("keep_colours") };
  const instant = uses.find((use) => use.name === "feedforward_style")?.value;
  if (instant) return JSON.stringify({ content, feedforward_style: instant, ...sliders });
  const styles = uses.map((use) => ({ id: use.value, weight: Number(form.elements[`share-${use.value}`].value) }));
  return JSON.stringify({ content, styles, ...sliders });
}

function hide() {
  for (const img of frame.querySelectorAll(".draft")) img.remove();
  peek.hidden = thumbnail.hidden = true;
}

async function show(picture) {
  const img = new Image();
  img.src = URL.createObjectURL(picture);
  img.className = "draft";
  img.alt = "A draft of the painting";
  await img.decode();
  const before = [...frame.querySelectorAll(".draft")];
  frame.append(img);
  img.getBoundingClientRect(); // forces a layout, so that it fades in
  img.classList.add("there");
  thumbnail.firstElementChild.src = img.src;
  peek.hidden = thumbnail.hidden = false;
  peekAt(false);
  setTimeout(() => {
    for (const old of before) {
      URL.revokeObjectURL(old.src);
      old.remove();
    }
  }, 300);
}

async function answer(url, options) {
  const found = await fetch(url, { headers: { Accept: "application/json", ...options.headers }, ...options });
  const mayBeGone = !options.method; // a draft may have been replaced; the address to order one may not
  if (found.ok || (mayBeGone && found.status === 404)) return found;
  const { error } = await found.json();
  throw Object.assign(new Error(error.message, { cause: "server" }), { code: error.code });
}

async function draft(question, signal) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
  const asked = await (await answer(form.dataset.drafts, { method: "POST", body: question, headers, signal })).json();
  const late = setTimeout(() => signal.aborted || say(asked.state, asked.sentence), asked.state === "busy" ? 500 : 0);
  try {
    // Ask often at first, while it is likely to be ready, and then less and less.
    for (let tries = 1, wait = 100; ; tries += 1) {
      const found = await answer(asked.url, { signal });
      if (found.status === 200) return await found.blob();
      if (found.status === 404) return null; // another page of this visitor asked for a different draft, or it was lost
      await pause(wait);
      if (tries > 20) wait = Math.min(1.2 * wait, 2000);
    }
  } finally {
    clearTimeout(late);
  }
}

async function follow() {
  const question = draftRequest();
  if (question === shown) {
    if (!thumbnail.hidden && !frame.classList.contains("peeking")) say(codeOf(JSON.parse(question)));
    return;
  }
  controller?.abort();
  shown = question;
  if (!question) {
    hide();
    return say("");
  }
  const { signal } = (controller = new AbortController());
  for (let tries = 0; tries < 40 && !signal.aborted; tries += 1) {
    try {
      const picture = await draft(question, signal);
      if (signal.aborted) return;
      if (picture) {
        await show(picture);
        return say(codeOf(JSON.parse(question)));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.cause === "server") return say(error.code, error.message);
      say("lost");
    }
    await pause(1500 + 500 * tries);
    while (document.hidden) await pause(1000);
  }
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(follow, 150);
}

for (const what of ["input", "change", "staged"]) form.addEventListener(what, schedule);
new MutationObserver(schedule).observe(document.querySelector("#styles"), { childList: true });

// Another photo: drop the draft that was made on the previous one.
form.addEventListener("photo-changed", () => {
  shown = "";
  controller?.abort();
  hide();
  say("");
});

function peekAt(photo) {
  frame.classList.toggle("peeking", photo);
  peek.textContent = photo ? "Show the draft" : "Show the photo";
}

peek.addEventListener("click", () => {
  const photo = !frame.classList.contains("peeking");
  peekAt(photo);
  say(photo ? "photo" : codeOf(JSON.parse(shown)));
});

// Keep the draft in sight, as a thumbnail, while somebody scrolls down through the styles.
new IntersectionObserver(([{ intersectionRatio }]) => thumbnail.classList.toggle("there", intersectionRatio < 0.4), {
  threshold: 0.4,
}).observe(frame);

schedule();
window.addEventListener("pageshow", schedule);
