// What one page leaves for the next one in the same tab.

// Return what was left under this name, and remove it; null if there is nothing.
export function takeItem(key) {
  const item = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return item;
}
