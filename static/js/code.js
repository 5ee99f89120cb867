// The card's code that a till accepts as the customer's own, a new one every 30 seconds. Without a network, and on
// paper, the plain card stays: it still finds the customer.

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
