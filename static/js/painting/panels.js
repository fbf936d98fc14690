// A painting: keeps opened panels open when the page reloads, as it does when the painting's status changes.

const key = `open ${location.pathname}`;
const open = new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]"));

for (const panel of document.querySelectorAll("#painting .details[id]")) {
  if (open.has(panel.id)) panel.open = true;
  panel.addEventListener("toggle", () => {
    open[panel.open ? "add" : "delete"](panel.id);
    sessionStorage.setItem(key, JSON.stringify([...open]));
  });
}
