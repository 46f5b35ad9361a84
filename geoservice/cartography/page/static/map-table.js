"use strict";
// Tables sort by the heading that is chosen; the district's line stays last. Coloured cells take their class's look.
(() => {
  const key = (cell) => (cell.dataset.number === undefined ? null : Number(cell.dataset.number));
  const compare = (at, down) => (a, b) => {
    const [x, y] = [a.cells[at], b.cells[at]];
    const [n, m] = [key(x), key(y)];
    if (n !== null && m !== null) return down ? m - n : n - m;
    if (n !== null || m !== null) return n === null ? 1 : -1;
    return (down ? -1 : 1) * x.textContent.localeCompare(y.textContent, undefined, { numeric: true });
  };
  const sort = (table, at) => {
    const head = table.tHead.rows[0].cells[at];
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    const last = rows.filter((row) => row.className === "district");
    const some = rows.filter((row) => row.className !== "district").sort(compare(at, down));
    table.tBodies[0].append(...some, ...last);
  };
  geoservice.table = (config) => {
    for (const table of document.querySelectorAll(".table table")) {
      [...table.tHead.rows[0].cells].forEach((head, at) => {
        head.querySelector("button").addEventListener("click", () => sort(table, at));
      });
      for (const cell of table.querySelectorAll("td[data-key]")) {
        const columns = table.tHead.rows[0].cells.length - config.frames.length;
        const frame = config.frames[cell.cellIndex - columns];
        const entry = frame && frame.legend.find((one) => one.key === cell.dataset.key);
        if (!entry) continue;
        cell.classList.add(entry.hatch ? `cell-${entry.hatch}` : "cell-class");
        if (!entry.hatch) Object.assign(cell.style, { backgroundColor: entry.colour, color: geoservice.ink(entry.colour) });
      }
    }
  };
})();
