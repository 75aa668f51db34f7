// What can be pressed and has these words on it.
const wanted = arguments[0];
const clean = (text) => text.replace(/\s+/g, " ").trim();
return [...document.querySelectorAll("a, button, summary")]
  .filter((button) => button.checkVisibility() && !button.closest(":disabled"))
  .filter((button) => [button.ariaLabel ?? "", button.innerText].map(clean).includes(wanted));
