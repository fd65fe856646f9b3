// Filters the table of operations as one types. The rows are in the page; nothing is fetched.
"use strict";

{
  const start = () => {
    const table = document.getElementById("ops-table");
    if (!table) return;
    const rows = [...table.tBodies[0].rows].map((row) => ({
      row,
      text: `${row.dataset.names} ${row.cells[4].textContent}`.toLowerCase(),
      kinds: row.dataset.kinds.split("|"),
    }));
    const field = document.getElementById("ops-filter");
    const family = document.getElementById("ops-family");
    const weight = document.getElementById("ops-weight");
    const kind = document.getElementById("ops-kind");
    const count = document.getElementById("ops-count");

    const filter = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text, kinds } of rows) {
        const fits =
          words.every((word) => text.includes(word)) &&
          (!family.value || row.dataset.family === family.value) &&
          (!weight.value || row.dataset.weight === weight.value) &&
          (!kind.value || kinds.includes(kind.value));
        row.hidden = !fits;
        shown += fits;
      }
      count.value = `${shown} of ${rows.length} operations`;
    };
    for (const input of [field, family, weight, kind]) input.addEventListener("input", filter);
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        event.stopImmediatePropagation(); // the theme's search has the same key
        field.focus();
      } else if (event.key === "Escape" && document.activeElement === field) {
        field.value = "";
        filter();
      } else if (event.key === "Enter" && document.activeElement === field) {
        rows.find(({ row }) => !row.hidden)?.row.querySelector("a").click();
      }
    }, true);
    field.value = decodeURIComponent(location.hash.slice(1));
    filter();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
