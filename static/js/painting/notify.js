// A painting: notifies those who asked for it when the painting is done.

const painting = document.querySelector("#painting");
const button = document.querySelector("#notify");
// The choice holds for this painting, in this tab.
const key = `notify ${location.pathname}`;
const isWanted = () => sessionStorage.getItem(key) && Notification.permission === "granted";

function say(state, text) {
  button.dataset.state = state;
  button.querySelector("span").textContent = text;
}

// Ask for permission only after a click.
function offer() {
  button.hidden = false;
  if (isWanted()) say("asked", "You will be notified");
  button.addEventListener("click", async () => {
    sessionStorage.setItem(key, "yes");
    await Notification.requestPermission();
    if (isWanted()) say("asked", "You will be notified");
    else say("denied", "Your browser does not allow notifications");
  });
}

function notify({ detail: { status } }) {
  if (!isWanted() || !["finished", "stopped", "failed"].includes(status)) return;
  sessionStorage.removeItem(key);
  const title = painting.querySelector("h1").textContent;
  try {
    const body = status === "failed" ? "It could not be painted." : "Your painting is finished.";
    new Notification(title, { body, data: status });
  } catch {
    // Chrome on Android has the class and grants permission, but does not let a page create a notification.
  }
}

if (window.Notification && Notification.permission !== "denied") {
  offer();
  painting.addEventListener("state", notify);
}
