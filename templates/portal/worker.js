// Shows the kept card and open vouchers where there is no network. It keeps one page with all of them and its style,
// anew with every visit, and gives them up with the sign-in.
// The till and the back office have workers of their own or none.

const KEPT = "card";
const CARD = "/card/offline/";
const CARDS = ["/", "/card/", CARD];
const VOUCHER = /^\/vouchers\/([0-9a-f-]{36})\/$/;
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
    const [, voucher] = VOUCHER.exec(pathname) ?? [];
    if (voucher) event.respondWith(fetch(request).catch(() => Response.redirect(`${CARD}#${voucher}`)));
    else if (CARDS.includes(pathname)) event.respondWith(fromNetworkOr(request, CARD));
  } else if (["style", "font"].includes(request.destination)) {
    event.respondWith(fromNetworkOr(request, request.url));
  }
});
