// What every till page does: arrive without a page load, so that the camera's stream lives on; lock when nobody touches
// it; take a card from a hand scanner at any moment; say what went wrong with the network; count down the undo.

const SCAN_GAP_MS = 50;
const SCAN_LENGTH = 8;
const WARNING_SECONDS = 20;
const CONTACT_EVERY_MS = 60_000;

const lockForm = () => document.querySelector("[data-idle-seconds]");
const scanForm = () => document.querySelector("form[data-scan]");

// --- arriving on a page ---

function arrive(till) {
  lastContact = Date.now();
  stayAwake();
  // The browser itself cares for the first page.
  if (till !== document.body) (till.querySelector("[autofocus]") ?? till.querySelector("main")).focus({ preventScroll: true });
}

function announce(root) {
  const news = root.matches("[data-announce]") ? root : root.querySelector("[data-announce]");
  const say = document.getElementById("say");
  say.textContent = "";
  if (news) setTimeout(() => { say.textContent = news.dataset.announce; }, 100);
}

htmx.onLoad((root) => {
  if (root === document.body || root.id === "till") arrive(root);
  announce(root);
  root.querySelectorAll("[data-undo-seconds]").forEach(countDown);
});

// --- the last booking can be undone for a while ---

function countDown(undo) {
  const bar = undo.querySelector("progress");
  const label = undo.querySelector("[data-seconds]");
  const endsAt = Date.now() + Number(undo.dataset.undoSeconds) * 1000;
  const tick = () => {
    if (!undo.isConnected) {
      clearInterval(clock);
      return;
    }
    const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
    bar.value = left;
    label.textContent = label.dataset.seconds.replace("0", left);
    if (left > 0) return;
    clearInterval(clock);
    if (undo.contains(document.activeElement)) document.querySelector("[autofocus]")?.focus();
    // It keeps its place: nothing moves under a finger.
    undo.classList.add("is-over");
    document.querySelector("[data-undo-over]")?.removeAttribute("hidden");
  };
  const clock = setInterval(tick, 1000);
}

// --- locking ---

const warning = document.querySelector("[data-idle-warning]");
let lastTouch = Date.now();
let lastContact = Date.now();

function touch() {
  lastTouch = Date.now();
  warning.hidden = true;
  // Whoever types for long is at work, also in the server's eyes.
  if (!lockForm() || Date.now() - lastContact < CONTACT_EVERY_MS) return;
  lastContact = Date.now();
  fetch(scanForm().action, { method: "HEAD" }).catch(() => {});
}

// A clock is compared instead of a timer awaited: tablets stop timers while they sleep.
function lockWhenIdle() {
  const form = lockForm();
  const left = form ? Number(form.dataset.idleSeconds) * 1000 - (Date.now() - lastTouch) : Infinity;
  warning.hidden = left <= 0 || left > WARNING_SECONDS * 1000;
  if (left > 0) return;
  document.getElementById("main").hidden = true; // also without a network
  form.requestSubmit();
}

for (const name of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(name, touch, { passive: true });
setInterval(lockWhenIdle, 1000);

let awake = null;

async function stayAwake() {
  if (!lockForm()) {
    awake?.release();
    awake = null;
  } else if (!document.hidden && (!awake || awake.released)) {
    // A wish, not a condition: old tablets have no wake lock and battery savers refuse it.
    awake = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}

document.addEventListener("visibilitychange", () => {
  lockWhenIdle();
  stayAwake();
});

// --- a hand scanner is a keyboard that types a whole card within milliseconds and then presses Enter ---

let typed = "";
let lastKeyAt = 0;

addEventListener("keydown", (event) => {
  const form = scanForm();
  if (!form || event.ctrlKey || event.metaKey || event.altKey) return;
  const query = form.elements.namedItem("q");
  const now = performance.now();
  const quick = now - lastKeyAt < SCAN_GAP_MS;
  if (event.key === "Enter" && quick && typed.length >= SCAN_LENGTH) {
    event.preventDefault();
    event.stopPropagation();
    query.value = typed;
    form.requestSubmit();
  } else if (event.key.length === 1) {
    typed = quick ? typed + event.key : event.key;
    lastKeyAt = now;
    if (!form.hidden && event.key !== " " && !document.activeElement.matches("input, select, textarea")) query.focus();
  }
}, { capture: true });

// --- what went wrong on the way: the form stays, and with it the key under which it is booked only once ---

function tell(kind) {
  document.querySelectorAll("[data-trouble]").forEach((banner) => { banner.hidden = banner.dataset.trouble !== kind; });
}

for (const name of ["htmx:sendError", "htmx:timeout"]) addEventListener(name, () => tell("connection"));
addEventListener("htmx:responseError", () => tell("refused"));
addEventListener("htmx:afterOnLoad", () => tell(""));
