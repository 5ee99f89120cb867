// What every till page does: arrive without a page load, so that the camera's stream lives on; lock when nobody touches
// it; take a card from a hand scanner at any moment; say what went wrong with the network; count down the undo.

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

// --- a hand scanner is a keyboard that types a whole card and then presses Enter ---

// No scanner pauses so long between two keys; nobody types so fast for long.
const PAUSE_MS = 1000;
const FASTER_THAN_PEOPLE_MS = 75;
const SCAN_LENGTH = 8;
const LONGEST_AMOUNT = 8;
// A card, a voucher, a card on the phone with its code.
const PRINTED_CARD = /^[a-z2-9]{4}(-[a-z2-9]{4}){2,3}$|^[a-z2-9]{12}-[a-z2-9]{8}$/i;
const TEXT_FIELD = "input:not([type=radio], [type=checkbox]), select, textarea";

const amountField = () => document.querySelector("input[data-currency]");
const slip = document.querySelector("[data-slip]");
const nothing = { text: "", since: 0, until: -Infinity, amount: "", isRest: false };
let burst = nothing;

// When a key was pressed counts: a slow device handles it later. `amount` is what stood there before; what follows a scan
// that no Enter has ended may be the rest of it.
function hear({ key, timeStamp }) {
  if (timeStamp - burst.until > PAUSE_MS) {
    burst = { text: "", since: timeStamp, amount: amountField()?.value ?? "", isRest: burst.isRest || isScan(burst) };
  }
  burst.text += key;
  burst.until = timeStamp;
}

const isFast = ({ text, since, until }) => until - since < FASTER_THAN_PEOPLE_MS * (text.length - 1);
const isDigits = ({ text }) => /^[\d.,]*$/.test(text);
const isAmount = (heard) => isDigits(heard) && heard.text.replace(/\D/g, "").length <= LONGEST_AMOUNT;

// The shape tells a card from an amount, whatever the pace. In other fields people write what they like.
function isScan(heard) {
  if (heard.text.length < SCAN_LENGTH) return false;
  if (isFast(heard) || PRINTED_CARD.test(heard.text)) return true;
  const field = amountField();
  const inAnotherField = document.activeElement !== field && document.activeElement.matches(TEXT_FIELD);
  return !inAnotherField && !(field && isAmount(heard));
}

// Too fast for a person, or with a key that no amount has.
function isSlip(heard, at) {
  const machine = heard.text.length > 3 && isFast(heard) && at - heard.until < 2 * FASTER_THAN_PEOPLE_MS;
  return machine || heard.isRest || !isDigits(heard);
}

function end(event) {
  const heard = burst;
  burst = nothing;
  const scanned = isScan(heard);
  const slipped = !scanned && event.key === "Enter" && amountField() && isSlip(heard, event.timeStamp);
  if (!scanned && !slipped) return;
  event.preventDefault();
  event.stopPropagation();
  slip.hidden = !slipped;
  if (scanned) lookUp(heard.text);
}

function lookUp(text) {
  scanForm().elements.namedItem("q").value = text;
  scanForm().requestSubmit();
}

// No key of a card stays in the amount, also where the scanner presses no Enter.
function keepOut(event) {
  const field = amountField();
  event.preventDefault();
  if (field.value === burst.amount) return;
  field.value = burst.amount;
  field.dispatchEvent(new Event("input"));
}

addEventListener("keydown", (event) => {
  const form = scanForm();
  if (!form || event.ctrlKey || event.metaKey || event.altKey) return;
  slip.hidden = true;
  if (event.key === "Enter" || event.key === "Tab") end(event);
  else if (event.key === "Backspace" || event.key === "Escape") burst = nothing;
  if (event.key.length > 1) return;
  hear(event);
  if (amountField() && isScan(burst)) keepOut(event);
  else if (!form.hidden && event.key !== " " && !document.activeElement.matches("input, select, textarea")) {
    form.elements.namedItem("q").focus();
  }
}, { capture: true });

addEventListener("pointerdown", () => {
  burst = nothing;
  slip.hidden = true;
}, { capture: true, passive: true });

// --- what went wrong on the way: the form stays, and with it the key under which it is booked only once ---

function tell(kind) {
  document.querySelectorAll("[data-trouble]").forEach((banner) => { banner.hidden = banner.dataset.trouble !== kind; });
}

for (const name of ["htmx:sendError", "htmx:timeout"]) addEventListener(name, () => tell("connection"));
addEventListener("htmx:responseError", () => tell("refused"));
addEventListener("htmx:afterOnLoad", () => tell(""));
