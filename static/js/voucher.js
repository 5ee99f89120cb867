// Whether a till has used the voucher that the phone shows: the page then says so by itself. Without a network it stays.

const EVERY = 4_000;
const STATE = new URL("state/", location.origin + location.pathname);

async function look() {
  if (document.hidden) return;
  const answer = await fetch(STATE, { redirect: "error" }).catch(() => null);
  if (answer?.ok && (await answer.text()) !== "issued") location.reload();
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
