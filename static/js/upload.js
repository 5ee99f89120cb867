// Tells before the upload that a file is too large, and that an upload is under way. The server checks again.

const form = document.querySelector("form[data-most-bytes]");
const field = form.querySelector("[type=file]");
const button = form.querySelector("button");

function tellIfTooLarge() {
  const isTooLarge = field.files[0]?.size > Number(form.dataset.mostBytes);
  field.setCustomValidity(isTooLarge ? form.dataset.tooLarge : "");
  if (isTooLarge) field.reportValidity();
  return isTooLarge;
}

field.addEventListener("change", tellIfTooLarge);

form.addEventListener("submit", (event) => {
  if (tellIfTooLarge()) return event.preventDefault();
  button.setAttribute("aria-disabled", "true");
  for (const text of button.querySelectorAll("span")) text.hidden = !text.hidden;
});

// Coming back by the browser's button finds the page as it was left.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
