// The field that a person finds by its label.
const wanted = arguments[0];
const clean = (text) => text.replace(/\s+/g, " ").trim();
const fields = [...document.querySelectorAll("input, select, textarea")].filter((field) => field.checkVisibility());
const names = (field) => [field.ariaLabel ?? "", field.placeholder ?? "", ...[...field.labels].map((label) => label.textContent)].map(clean);
return fields.find((field) => names(field).includes(wanted))
  ?? fields.find((field) => names(field).some((name) => name.startsWith(wanted)))
  ?? null;
