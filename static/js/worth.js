// What the points that are being typed are worth; the next page says it again, as the server counts.

const field = document.querySelector("[data-points]");
const shown = document.querySelector("[data-worth]");
const { value, per, currency, one, many } = shown.dataset;
const { lang } = document.documentElement;
const money = new Intl.NumberFormat(lang, { style: "currency", currency });
const minor = 10 ** money.resolvedOptions().maximumFractionDigits;

field.addEventListener("input", () => {
  const points = Number(field.value.replace(/\D/g, ""));
  const worth = Math.floor((points * value) / per) / minor;
  shown.textContent = points ? `${points.toLocaleString(lang)} ${points === 1 ? one : many} = ${money.format(worth)}` : "";
});
