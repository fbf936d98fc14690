// Gallery: updates the paintings in progress while the page is open.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function follow(item) {
  let version = "";
  for (let wait = 1500; ; ) {
    await pause(document.hidden ? 8000 : wait);
    try {
      const answer = await fetch(item.dataset.poll, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const state = await answer.json();
      if (state.poll_ms === 0) return location.reload();
      item.querySelector(".sentence").textContent = state.sentence;
      item.querySelector(".meter").value = state.percent;
      const percent = item.querySelector(".percent");
      if (percent) percent.textContent = state.percent;
      if (version && version !== state.version) {
        const img = item.querySelector("img");
        const fresh = img.cloneNode();
        fresh.src = state.preview;
        await fresh.decode();
        img.replaceWith(fresh);
      }
      version = state.version;
      wait = 1.5 * state.poll_ms;
    } catch {
      wait = Math.min(2 * wait, 30000);
    }
  }
}

document.querySelectorAll("[data-poll]").forEach(follow);
