// Buttons that copy a text and say so for a moment. Without a clipboard they stay hidden: the text can be marked.

const SAID_FOR_MS = 2000;

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.querySelector("[data-copied]");
  const usual = label.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return; // a browser that forbids it
    }
    label.textContent = label.dataset.copied;
    setTimeout(() => { label.textContent = usual; }, SAID_FOR_MS);
  });
}
