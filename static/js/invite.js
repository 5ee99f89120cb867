// Copying and sharing an invitation, where the browser can; the links beside it work without. What goes out stays with
// the customer: the shop learns that, not to whom.

const ways = document.querySelector("[data-shared]");
const copy = document.querySelector("[data-copy]");
const share = document.querySelector("[data-share]");

function tell() {
  const token = ways.querySelector("[name=csrfmiddlewaretoken]").value;
  fetch(ways.dataset.shared, { method: "POST", headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {});
}

async function copyLink() {
  const label = copy.querySelector("span");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(copy.dataset.copy);
  } catch {
    return; // a browser that forbids it; the link stands beside the button
  }
  label.textContent = copy.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 3000);
}

for (const way of document.querySelectorAll("[data-way]")) way.addEventListener("click", tell);

if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", copyLink);
}

if (share && navigator.share) {
  share.hidden = false;
  // Whoever closes the sheet without a choice has shared nothing, and that is all right.
  share.addEventListener("click", () => navigator.share({ text: share.dataset.share }).catch(() => {}));
}
