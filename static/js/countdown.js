// How long a voucher is still valid, ticking; the page says it in days without this.

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const shown = document.querySelector("[data-countdown]");
const words = new Intl.RelativeTimeFormat(document.documentElement.lang);
const ends = Date.parse(shown.dateTime);

function tick() {
  const left = Math.floor((ends - Date.now()) / 1000);
  if (left <= 0) return location.reload();
  const [unit, seconds] = UNITS.find(([, size]) => left >= size * 2) ?? UNITS.at(-1);
  shown.textContent = words.format(Math.floor(left / seconds), unit);
  setTimeout(tick, 1000);
}

tick();
