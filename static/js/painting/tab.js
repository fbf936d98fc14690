// A painting: shows its title and progress in the tab.

const painting = document.querySelector("#painting");
const heading = painting.querySelector("h1");
const icon = document.querySelector("link[rel=icon]");
const rest = document.title.replace(/^[^·]* · (?=.* · )/, "");

// Fill the tab's icon as the painting progresses.
function fillIcon(percent) {
  const full = (40 * percent) / 100;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><path fill="#fff" stroke="#16181b" stroke-width="4" d="M2 2h44v44H2z"/><path fill="#2a41ad" d="M4 ${44 - full}h40v${full}H4z"/></svg>`;
  const before = icon.href;
  icon.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  if (before.startsWith("blob:")) URL.revokeObjectURL(before);
}

painting.addEventListener("state", ({ detail: { status, percent } }) => {
  if (status !== "painting") return;
  fillIcon(percent);
  document.title = `${percent} % · ${rest}`;
});

// The title can be changed on the page of a finished painting.
const name = () => (document.title = `${heading.textContent} · Pastiche`);
new MutationObserver(name).observe(heading, { childList: true });
