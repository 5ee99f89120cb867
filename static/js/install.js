// Keeps the card for the times without a network, and offers the home screen where the browser can.

const files = () => [...document.querySelectorAll("link[rel=stylesheet], link[rel=preload]")].map(({ href }) => href);

async function keepCard() {
  await navigator.serviceWorker.register("/worker.js");
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage(files());
}

if ("serviceWorker" in navigator) {
  keepCard().catch(() => {}); // a private window refuses workers; the card then needs the network
}

const offer = document.querySelector("[data-install]");

addEventListener("beforeinstallprompt", (event) => {
  if (!offer) return;
  event.preventDefault();
  offer.hidden = false;
  offer.addEventListener("click", async () => {
    offer.hidden = true;
    await event.prompt();
  }, { once: true });
});
