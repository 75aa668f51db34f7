// What pages can do better with a script. Every page works without it.
"use strict";

// Copies what an element says.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const said = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}

// Shows a field only while another has the value that it belongs to.
for (const chooser of document.querySelectorAll("[data-shows]")) {
  const [id, value] = chooser.dataset.shows.split("=");
  const field = document.getElementById(id);
  const show = () => { field.hidden = chooser.value !== value; field.required = !field.hidden; };
  chooser.addEventListener("change", show);
  show();
}

// Narrows groups of boxes to those with all words that are typed. What is ticked stays in sight.
for (const search of document.querySelectorAll("[data-find]")) {
  search.hidden = false;
  const groups = [...document.querySelectorAll(search.dataset.find)];
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (element) => words.every((word) => element.dataset.words.includes(word));
    for (const group of groups) {
      let some = false;
      for (const label of group.querySelectorAll("[data-words]")) {
        const shown = matches(label) || matches(group) || label.querySelector("input").checked;
        label.hidden = !shown;
        some ||= shown;
      }
      group.hidden = !some;
    }
  });
}

// A form that makes something is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
