// What can be pressed in the row of a table that says something.
const [row, wanted] = arguments;
const found = [...document.querySelectorAll("tr")].find((one) => one.innerText.includes(row));
return [...(found?.querySelectorAll("a, button") ?? [])].find((button) => button.innerText.trim() === wanted) ?? null;
