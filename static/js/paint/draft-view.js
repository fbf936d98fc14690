// Paint: shows a draft over the photo, and what there is to say about it.

const frame = document.querySelector("#photo-view");
const note = document.querySelector("#draft-note");
const thumbnail = document.querySelector("#draft-thumbnail");
const sentences = {
  here: "A quick draft. The painting itself will be much more refined.",
  masked: "A quick draft with every style everywhere. The painting itself follows your masks.",
  instant: "What this instant style makes of it.",
  busy: "Drafting…",
  lost: "The connection is lost. The draft will appear when it is back.",
  photo: "Your photo.",
};
export const peek = document.querySelector("#peek");

export function say(code, sentence = sentences[code] ?? "") {
  note.dataset.code = code;
  if (note.textContent !== sentence) note.textContent = sentence;
}

export const isShown = () => !thumbnail.hidden;
export const isPeeking = () => frame.classList.contains("peeking");

export function hide() {
  for (const img of frame.querySelectorAll(".draft")) img.remove();
  peek.hidden = thumbnail.hidden = true;
}

export async function show(picture) {
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

// Show the photo under the draft, or the draft again.
export function peekAt(photo) {
  frame.classList.toggle("peeking", photo);
  peek.textContent = photo ? "Show the draft" : "Show the photo";
}

// Keep the draft in sight, as a thumbnail, while somebody scrolls down through the styles.
new IntersectionObserver(([{ intersectionRatio }]) => thumbnail.classList.toggle("there", intersectionRatio < 0.4), {
  threshold: 0.4,
}).observe(frame);
