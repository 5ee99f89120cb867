// The card over the whole screen, white and awake, so that a till can scan it. Without this the link opens the card page.

const open = document.querySelector("[data-card]");
const dialog = document.querySelector("dialog.full");

async function stayAwake() {
  try {
    return await navigator.wakeLock.request("screen");
  } catch {
    return null; // a wish, not a condition: old phones have no wake lock and battery savers refuse it
  }
}

open.addEventListener("click", async (event) => {
  event.preventDefault();
  dialog.querySelector(".qr").replaceChildren(open.querySelector("svg").cloneNode(true));
  dialog.showModal();
  const lock = await stayAwake();
  dialog.addEventListener("close", () => lock?.release(), { once: true });
});

dialog.addEventListener("click", () => dialog.close());
