// Runs before every page: counts what jumps, and lets a change of theme be complete at once, because colours that
// are still fading have no contrast yet.
window.shifted = 0;
window.jumped = [];
const place = ({ x, y, width, height }) => `${x},${y} ${width}x${height}`;
const jump = ({ node, previousRect, currentRect }) =>
  `${node?.nodeName} ${node?.className ?? ""}: ${place(previousRect)} -> ${place(currentRect)}`;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    window.shifted += value;
    window.jumped.push(...sources.map(jump));
  }
}).observe({ type: "layout-shift", buffered: true });

const still = new CSSStyleSheet();
still.replaceSync("*, ::before, ::after { transition: none !important }");
document.adoptedStyleSheets.push(still);
