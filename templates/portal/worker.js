// Shows the kept card where there is no network. It keeps one page and its style, and gives them up with the sign-in.
// The till and the back office have workers of their own or none.

const KEPT = "card";
const CARD = "/card/offline/";
const OTHERS = ["/checkout/", "/backoffice/", "/api/"];

async function keep(files) {
  const answers = await Promise.all([CARD, ...files].map((url) => fetch(url)));
  await caches.delete(KEPT);
  if (answers.some((answer) => !answer.ok || answer.redirected)) return;
  const cache = await caches.open(KEPT);
  await Promise.all(answers.map((answer) => cache.put(answer.url, answer)));
}

// Pages vary by cookie and language; what lies here is this phone's.
const inCache = async (url) => (await caches.match(url, { ignoreVary: true })) ?? Response.error();
const fromNetworkOr = (request, kept) => fetch(request).catch(() => inCache(kept));

addEventListener("install", () => skipWaiting());
addEventListener("message", (event) => event.waitUntil(keep(event.data)));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || OTHERS.some((path) => pathname.startsWith(path))) return;
  if (request.mode === "navigate") {
    if (pathname === "/" || pathname === "/card/") event.respondWith(fromNetworkOr(request, CARD));
  } else if (["style", "font"].includes(request.destination)) {
    event.respondWith(fromNetworkOr(request, request.url));
  }
});
