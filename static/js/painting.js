// A painting: shows its progress while it is painted, and compares it with the photo when it is done.

const painting = document.querySelector("#painting");
const notify = document.querySelector("#notify");
const icon = document.querySelector("link[rel=icon]");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Fill the tab's icon as the painting progresses.
function showInTab(percent) {
  const full = (40 * percent) / 100;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><path fill="#fff" stroke="#16181b" stroke-width="4" d="M2 2h44v44H2z"/><path fill="#2a41ad" d="M4 ${44 - full}h40v${full}H4z"/></svg>`;
  const before = icon.href;
  icon.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  if (before.startsWith("blob:")) URL.revokeObjectURL(before);
}

// Ask for permission only after a click. The choice holds for this painting, in this tab.
function offerToNotify() {
  const key = `notify ${location.pathname}`;
  const asked = () => sessionStorage.getItem(key) && Notification.permission === "granted";
  const say = (state, text) => {
    notify.dataset.state = state;
    notify.querySelector("span").textContent = text;
  };
  if (!notify || !window.Notification || Notification.permission === "denied") return () => {};
  notify.hidden = false;
  if (asked()) say("asked", "You will be notified");
  notify.addEventListener("click", async () => {
    sessionStorage.setItem(key, "yes");
    await Notification.requestPermission();
    if (asked()) say("asked", "You will be notified");
    else say("denied", "Your browser does not allow notifications");
  });
  return (status) => {
    if (!asked() || !["finished", "stopped", "failed"].includes(status)) return;
    sessionStorage.removeItem(key);
    const title = painting.querySelector("h1").textContent;
    try {
      const body = status === "failed" ? "It could not be painted." : "Your painting is finished.";
      new Notification(title, { body, data: status });
    } catch {
      // Chrome on Android has the class and grants permission, but does not let a page create a notification.
    }
  };
}

// Wait until a mask is no longer being painted or sent, so that it is not lost.
async function reload() {
  while (document.querySelector("dialog[open], [data-masking]")) await pause(200);
  location.reload();
}

async function watch() {
  const notifyOf = offerToNotify();
  const find = (id) => document.getElementById(id);
  const rest = document.title.replace(/^[^·]* · (?=.* · )/, "");
  let version = painting.dataset.version;
  let wait = Number(painting.dataset.wait);
  let lost = 0;
  let etag = "";

  async function swap(url, next) {
    const img = find("preview");
    const fresh = img.cloneNode();
    fresh.src = url;
    try {
      await fresh.decode();
    } catch {
      return;
    }
    img.replaceWith(fresh);
    version = next;
  }

  function show(state) {
    find("sentence").textContent = state.sentence;
    find("percent").textContent = `${state.percent} %`;
    find("meter").value = state.percent;
    find("detail").textContent = state.detail ?? "";
    find("detail").hidden = !state.detail;
    find("curve").hidden = !state.curve;
    find("curve").querySelector("polyline").setAttribute("points", state.curve);
    painting.dispatchEvent(new CustomEvent("state", { detail: state }));
    if (state.status === "painting") showInTab(state.percent);
    document.title = state.status === "painting" ? `${state.percent} % · ${rest}` : document.title;
  }

  for (;;) {
    // Vary the wait, since many pages may have been given the same interval.
    await pause((0.9 + Math.random() / 5) * (document.hidden ? Math.max(4 * wait, 5000) : wait));
    try {
      const answer = await fetch(painting.dataset.poll, {
        headers: { Accept: "application/json", ...(etag && { "If-None-Match": etag }) },
        cache: "no-store",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 404) return reload();
      if (answer.status !== 304 && !answer.ok) throw new Error(answer.status);
      lost = 0;
      find("lost").hidden = true;
      if (answer.status === 304) continue;
      const state = await answer.json();
      if (state.status !== painting.dataset.status) {
        notifyOf(state.status);
        return reload();
      }
      show(state);
      if (state.version !== version) await swap(state.preview, state.version);
      wait = state.poll_ms;
      etag = answer.headers.get("ETag"); // only now, so that a failure above is tried again
    } catch {
      lost += 1;
      wait = Math.min(1000 * 2 ** lost, 20000);
      if (lost > 1) find("lost").hidden = false;
    }
  }
}

function compare(box) {
  const split = box.querySelector(".split");
  const move = () => {
    box.style.setProperty("--split", `${split.value}%`);
    box.classList.toggle("moved", Number(split.value) > 0);
  };
  split.addEventListener("input", move);
  move(); // a browser that returns to the page restores the slider
}

// Keep opened panels open when the page reloads, as it does when the painting's status changes.
function keepOpen(panels) {
  const key = `open ${location.pathname}`;
  const open = new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]"));
  for (const panel of panels) {
    if (open.has(panel.id)) panel.open = true;
    panel.addEventListener("toggle", () => {
      open[panel.open ? "add" : "delete"](panel.id);
      sessionStorage.setItem(key, JSON.stringify([...open]));
    });
  }
}

// Show a changed title in the tab, too.
function nameTab(heading) {
  const name = () => (document.title = `${heading.textContent} · Pastiche`);
  new MutationObserver(name).observe(heading, { childList: true });
}

keepOpen(painting.querySelectorAll(".details[id]"));
nameTab(painting.querySelector("h1"));
if (painting.dataset.poll) watch();
const box = painting.querySelector(".compare");
if (box) compare(box);
