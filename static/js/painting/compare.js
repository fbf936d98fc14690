// A finished painting: a slider uncovers the photo.

const box = document.querySelector("#painting .compare");
const split = box.querySelector(".split");

function move() {
  box.style.setProperty("--split", `${split.value}%`);
  box.classList.toggle("moved", Number(split.value) > 0);
}

split.addEventListener("input", move);
move(); // a browser that returns to the page restores the slider
