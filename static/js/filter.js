// Gallery: applies a filter as soon as it changes, and keeps the focus on the new page.

const key = "filtered by";
const form = document.querySelector(".search-form");
let timer = 0;

form.querySelector(".filters").addEventListener("change", ({ target }) => {
  // A year that is still being typed looks like one of the first centuries.
  if (target.type === "date" && target.value && target.value < "1900") return;
  clearTimeout(timer);
  // Arrow keys pass through other choices on the way to the right one.
  timer = setTimeout(() => {
    sessionStorage.setItem(key, target.id);
    form.requestSubmit();
  }, 400);
});

const last = sessionStorage.getItem(key);
sessionStorage.removeItem(key);
if (last) document.getElementById(last)?.focus();
