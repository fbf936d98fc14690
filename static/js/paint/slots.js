// Paint: the places for the photo and for the styles, and what is wrong with what was put there.

export const form = document.querySelector("#paint");
export const slots = Object.fromEntries([...form.querySelectorAll(".picture-slot")].map((slot) => [slot.dataset.role, slot]));

// Say what is wrong with a chosen file, or "" to clear the message; the code says the same to programs.
export function say(slot, sentence, code = "") {
  const input = slot.querySelector(".file");
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.setAttribute("aria-describedby", sentence ? id : "");
  if (!sentence) return input.removeAttribute("aria-invalid");
  input.setAttribute("aria-invalid", "true"); // without a value it would mean that nothing is wrong
  const line = document.createElement("p");
  line.className = "error";
  line.id = id;
  line.dataset.code = code;
  line.role = "alert";
  line.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-warn"/></svg>';
  line.append(Object.assign(document.createElement("span"), { textContent: sentence }));
  input.after(line);
}
