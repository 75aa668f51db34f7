// What has the focus, and whether anybody would see that.
const clean = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const focused = document.activeElement;
const style = getComputedStyle(focused);
const box = focused.getBoundingClientRect();
const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
return {
  names: [focused.ariaLabel, focused.innerText, ...[...(focused.labels ?? [])].map((label) => label.textContent)].map(clean),
  isSeen: focused === document.body || (isOutlined && box.width > 0 && box.right > 0 && box.bottom > 0),
  tag: focused.outerHTML.slice(0, 120),
};
