// When to do something: later, once it is quiet, or again and again.

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Return a function that calls `action` once it has not been called itself for a while.
export function debounce(action, ms) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
  };
}

// Call `ask` until it returns nothing; what it returns is how long to wait before the next call. Wait longer while nobody
// is looking, and after failures, which `onLost` gets the number of; it returns true to give up.
export async function poll(ask, { wait, onLost = () => false }) {
  for (let lost = 0; wait; ) {
    // Vary the wait, since many pages may have been given the same interval.
    await pause((0.9 + Math.random() / 5) * (document.hidden ? Math.max(4 * wait, 5000) : wait));
    try {
      wait = await ask();
      lost = 0;
    } catch {
      lost += 1;
      wait = Math.min(1000 * 2 ** lost, 20000);
      if (onLost(lost)) return;
    }
  }
}
