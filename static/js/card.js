// The customer's card: its code, a new one every 30 seconds, is what a till accepts as the customer's own. Without a
// network, and on paper, the plain card stays: it still finds the customer.

const STEP = 30_000;
const drawings = () => document.querySelectorAll("[data-code] > svg");
const plain = drawings()[0].cloneNode(true);
const note = document.querySelector("[data-changing]");

function show(code) {
  for (const drawing of drawings()) drawing.replaceWith(code.cloneNode(true));
  if (note) note.hidden = code === plain;
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/card/code/", { redirect: "error" });
    const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    show(page.querySelector("svg") ?? plain);
  } catch {
    show(plain);
  }
}

refresh();
setInterval(refresh, STEP);
document.addEventListener("visibilitychange", refresh);
addEventListener("beforeprint", () => show(plain));

// --- over the whole screen, white and awake, so that a till can scan it; without this the link opens the card page ---

const open = document.querySelector("[data-card]");
const dialog = document.querySelector("dialog.full");

async function stayAwake() {
  try {
    return await navigator.wakeLock.request("screen");
  } catch {
    return null; // a wish, not a condition: old phones have no wake lock and battery savers refuse it
  }
}

async function showLarge(event) {
  event.preventDefault();
  dialog.querySelector(".qr").replaceChildren(open.querySelector("svg").cloneNode(true));
  dialog.showModal();
  const lock = await stayAwake();
  dialog.addEventListener("close", () => lock?.release(), { once: true });
}

open?.addEventListener("click", showLarge);
dialog?.addEventListener("click", () => dialog.close());
