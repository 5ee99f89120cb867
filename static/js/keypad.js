// The on-screen keypad and the amount field: digits are cents, so 2 4 9 0 reads 24,90 and no comma key is needed.

const LONGEST_AMOUNT = 9;

const amountField = () => document.querySelector("input[data-currency]");

function amountFormat(field) {
  const currency = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: field.dataset.currency });
  const decimals = currency.resolvedOptions().maximumFractionDigits;
  const format = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: decimals, useGrouping: false });
  const show = (digits) => (digits ? format.format(Number(digits) / 10 ** decimals) : "");
  // Pasted text is an amount as people write it: "25" is twenty-five, "24,9" lacks a digit, "1.234" could be either.
  // Beside a currency's sign it has no letters; a card, which some scanners insert at once, has.
  const paste = (text) => {
    if (text.match(/\p{L}+/gu)?.length > 1) return "";
    const [, whole, fraction = ""] = decimals ? text.match(/^(.*?)(?:[.,](\d*))?\D*$/s) : [text, text];
    return fraction.length > decimals ? "" : whole.replace(/\D/g, "") + fraction.padEnd(decimals, "0");
  };
  return { show, paste };
}

function enterCents(field) {
  const { show, paste } = amountFormat(field);
  field.addEventListener("input", (event) => {
    const whole = event.inputType === "insertFromPaste" || (event.data ?? "").length > 1;
    const digits = (whole ? paste(field.value) : field.value.replace(/\D/g, "")).replace(/^0+/, "");
    field.value = show(digits.slice(0, LONGEST_AMOUNT));
    field.setSelectionRange(field.value.length, field.value.length);
  });
  // A preview that did not arrive promises nothing.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) field.addEventListener(name, forgetPreview);
  catchUp(field, show);
  // A refused form has given the focus to its error summary; the first digit brings it back.
  if (!document.getElementById("errors")) field.focus({ preventScroll: true });
}

// Whoever types faster than the page loads means cents, too, and sees what they earn.
function catchUp(field, show) {
  if (field.value === field.defaultValue) return;
  if (/^\d+$/.test(field.value)) field.value = show(field.value);
  field.dispatchEvent(new Event("typed-early"));
}

function forgetPreview() {
  const award = document.getElementById("award");
  award.textContent = award.dataset.plain;
  document.getElementById("preview").replaceChildren();
}

// Of several fields it types into the one that had the focus last, the first to begin with.
function pressKeys(keypad) {
  const fields = keypad.dataset.keysFor.split(" ").map((id) => document.getElementById(id));
  let [field] = fields;
  for (const each of fields) {
    // The screen's own keyboard would cover the keypad.
    each.inputMode = "none";
    each.addEventListener("focus", () => { field = each; });
    if (each === document.activeElement) field = each;
  }
  keypad.hidden = false;
  keypad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key === undefined) return;
    field.value = key === "back" ? field.value.slice(0, -1) : field.value + key;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}

// Digits reach the amount wherever the focus is; Escape goes back to the search.
addEventListener("keydown", (event) => {
  const field = amountField();
  if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") document.querySelector("[data-leave]")?.click();
  else if (/^\d$/.test(event.key) && document.activeElement !== field) field.focus();
});

htmx.onLoad((root) => {
  root.querySelectorAll("input[data-currency]").forEach(enterCents);
  root.querySelectorAll("[data-keys-for]").forEach(pressKeys);
});
