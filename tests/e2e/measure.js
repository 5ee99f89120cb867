// What axe does not look at: sideways scrolling, the size of targets, how far things jumped, how many nodes there are.
(leastTarget) => {
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && !element.closest("[inert]") && element.checkVisibility();
  };
  const named = (element) => {
    const text = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent || element.name;
    return text.trim().replace(/\s+/g, " ").slice(0, 40);
  };
  // A choice is pressed on its label; a link inside a sentence may be as low as its line.
  const target = (element) => (element.matches("[type=radio], [type=checkbox]") && element.closest("label")) || element;
  const inText = (element) => element.tagName === "A" && getComputedStyle(element).display === "inline";
  const small = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((element) => shown(element) && !inText(element) && !element.closest(".skip"))
    .map((element) => ({ name: named(element), box: target(element).getBoundingClientRect() }))
    .filter(({ box }) => Math.round(box.width) < leastTarget || Math.round(box.height) < leastTarget)
    .map(({ name, box }) => `${name}: ${Math.round(box.width)} × ${Math.round(box.height)}`);
  const root = document.scrollingElement;
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => shown(element) && element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className}`);
  return {
    small,
    sideways: root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} px wide`, ...wide.slice(0, 3)] : [],
    nodes: document.querySelectorAll("*").length,
    language: document.documentElement.lang,
    title: document.title,
  };
}
