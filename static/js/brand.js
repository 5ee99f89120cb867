// While a colour is being chosen the preview follows; the palette itself is worked out by the server.

const field = document.querySelector("[data-brand-color]");
const sheet = document.querySelector("[data-brand-preview]");

field.addEventListener("change", () => {
  sheet.href = sheet.href.replace(/[0-9a-f]{6}(?=\.css)/, field.value.slice(1).toLowerCase());
});
