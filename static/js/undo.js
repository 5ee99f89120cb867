// Counts down while the last booking can still be undone.

const undo = document.querySelector("[data-undo-seconds]");
if (undo) {
  const bar = undo.querySelector("progress");
  const label = undo.querySelector("[data-seconds]");
  const endsAt = Date.now() + Number(undo.dataset.undoSeconds) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
    bar.value = left;
    label.textContent = label.dataset.seconds.replace("0", left);
    if (left > 0) return;
    clearInterval(clock);
    if (undo.contains(document.activeElement)) document.querySelector("[autofocus]")?.focus();
    undo.hidden = true;
    document.querySelector("[data-undo-over]")?.removeAttribute("hidden");
  };
  const clock = setInterval(tick, 1000);
}
