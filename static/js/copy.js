// A link in a field: a click selects it, and the button next to it copies it.

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  field.addEventListener("click", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    // Browsers offer the clipboard only to pages from HTTPS or from this machine.
    const copied = navigator.clipboard
      ? await navigator.clipboard.writeText(field.value).then(() => true, () => false)
      : document.execCommand("copy");
    button.dataset.state = copied ? "copied" : "selected";
    button.textContent = copied ? "Copied" : "Press Ctrl+C to copy";
  });
}
