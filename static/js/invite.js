// Sharing an invitation, where the browser can; the links beside it work without. The shop learns that something went
// out, not to whom.

const ways = document.querySelector("[data-shared]");
const share = document.querySelector("[data-share]");

function tell() {
  const token = ways.querySelector("[name=csrfmiddlewaretoken]").value;
  fetch(ways.dataset.shared, { method: "POST", headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {});
}

for (const way of document.querySelectorAll("[data-way]")) way.addEventListener("click", tell);

if (share && navigator.share) {
  share.hidden = false;
  // Whoever closes the sheet without a choice has shared nothing, and that is all right.
  share.addEventListener("click", () => navigator.share({ text: share.dataset.share }).catch(() => {}));
}
