// A link in a field: a click selects it, and the button beside it copies it.

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  field.addEventListener("click", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    // Only a page that came by HTTPS, or from this machine, is given the clipboard.
    const copied = navigator.clipboard
      ? await navigator.clipboard.writeText(field.value).then(() => true, () => false)
      : document.execCommand("copy");
    button.dataset.state = copied ? "copied" : "selected";
    button.textContent = copied ? "Copied" : "Now press Ctrl-C";
  });
}
