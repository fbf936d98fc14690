// Gallery: a filter that is changed applies at once, and keeps the focus over the new page.

const key = "filtered by";
const form = document.querySelector(".seek");
let soon = 0;

form.querySelector(".narrow").addEventListener("change", ({ target }) => {
  // While a year is typed it is one of the first centuries.
  if (target.type === "date" && target.value && target.value < "1900") return;
  clearTimeout(soon);
  // Whoever goes through a list by key comes past others first.
  soon = setTimeout(() => {
    sessionStorage.setItem(key, target.id);
    form.requestSubmit();
  }, 400);
});

const last = sessionStorage.getItem(key);
sessionStorage.removeItem(key);
if (last) document.getElementById(last)?.focus();
