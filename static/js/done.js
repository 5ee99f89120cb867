// After a booking: announce it to screen readers.

const result = document.querySelector("[data-announce]");
if (result) setTimeout(() => { result.textContent = result.dataset.announce; }, 100);
