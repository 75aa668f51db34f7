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

// Counts down to a time.
for (const time of document.querySelectorAll("time[data-until]")) {
  const end = Date.parse(time.dateTime);
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const parts = [[Math.floor(left / 86400), "d"], [Math.floor(left / 3600) % 24, "h"], [Math.floor(left / 60) % 60, "min"], [left % 60, "s"]];
    const said = parts.slice(parts.findIndex(([count]) => count > 0)).map(([count, unit]) => `${count} ${unit}`);
    time.textContent = left > 0 ? `in ${said.join(" ")}` : "now";
    if (left === 0) clearInterval(ticking);
  };
  const ticking = setInterval(tick, 1000);
  tick();
}

// A form that makes something is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}

// Reads a chart's columns out of its table, by pointing at them or with the arrow keys.
for (const columns of document.querySelectorAll("[data-columns]")) {
  const chart = columns.closest(".chart");
  const readout = chart.querySelector(".readout");
  const rows = [...chart.querySelectorAll("[data-said]")];
  const summary = readout.textContent;
  const pointer = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const place = 100 / rows.length;
  let at = -1;
  pointer.setAttribute("class", "pointer");
  pointer.setAttribute("height", "100%");
  pointer.setAttribute("width", `${place}%`);
  const show = (column) => {
    at = column;
    readout.textContent = rows[at]?.dataset.said ?? summary;
    pointer.setAttribute("x", `${at * place}%`);
    if (rows[at]) columns.append(pointer); else pointer.remove();
  };
  columns.tabIndex = 0;
  columns.addEventListener("pointermove", (event) => {
    const { left, width } = columns.getBoundingClientRect();
    const column = Math.floor((event.clientX - left) / width * rows.length);
    if (column !== at) show(column);
  });
  columns.addEventListener("pointerleave", () => show(-1));
  columns.addEventListener("blur", () => show(-1));
  columns.addEventListener("keydown", (event) => {
    const last = rows.length - 1;
    const to = {
      ArrowLeft: at < 0 ? last : Math.max(at - 1, 0), ArrowRight: Math.min(at + 1, last), Home: 0, End: last, Escape: -1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
}
