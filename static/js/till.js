// What every till page does: lock when nobody touches it, and take a card from a hand scanner at any moment.

const SCAN_GAP_MS = 50;
const SCAN_LENGTH = 8;
const WARNING_SECONDS = 20;

function lockWhenIdle(lock, warning) {
  const limit = Number(lock.dataset.idleSeconds) * 1000;
  let lastTouch = Date.now();
  const touch = () => {
    lastTouch = Date.now();
    warning.hidden = true;
  };
  // A clock is compared instead of a timer awaited: tablets stop timers while they sleep.
  const check = () => {
    const left = limit - (Date.now() - lastTouch);
    warning.hidden = left > WARNING_SECONDS * 1000;
    if (left > 0) return;
    clearInterval(clock);
    lock.requestSubmit();
  };
  for (const name of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(name, touch, { passive: true });
  document.addEventListener("visibilitychange", check);
  const clock = setInterval(check, 1000);
}

// A hand scanner is a keyboard that types a whole card within milliseconds and then presses Enter.
function takeScans(form) {
  const query = form.elements.namedItem("q");
  let typed = "";
  let lastKeyAt = 0;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
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
      if (!form.hidden && event.key !== " " && !document.activeElement.matches("input, select, textarea")) query.select();
    }
  }, { capture: true });
}

const lock = document.querySelector("[data-idle-seconds]");
if (lock) lockWhenIdle(lock, document.querySelector("[data-idle-warning]"));

const scan = document.querySelector("form[data-scan]");
if (scan) takeScans(scan);
