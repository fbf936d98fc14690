// Pictures that change without flashing.

// Show another picture once it is decoded; until then, or if it cannot be had, keep the one before. Return whether it is shown.
export async function replaceImage(img, src) {
  const fresh = img.cloneNode();
  fresh.src = src;
  try {
    await fresh.decode();
  } catch {
    return false;
  }
  img.replaceWith(fresh);
  return true;
}
