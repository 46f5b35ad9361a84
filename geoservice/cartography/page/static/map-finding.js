"use strict";
// The finding under the title, the figure in words and the second table: they follow the year, the measure and the comparison.
(() => {
  const { make } = geoservice;
  // What parts a figure from the other: its title, its measure or its year.
  const nameOf = ({ config, frame }, other) => {
    if (config.id !== other.config.id) return config.short;
    return [frame.view === other.frame.view ? "" : frame.view, frame.year || config.year].filter(Boolean).join(", ");
  };
  // The sentence with the figure's name before it, unless it begins with it.
  const named = (chart, other) => {
    const [sentence, name] = [chart.frame.finding, other ? nameOf(chart, other) : ""];
    return sentence && name && !sentence.startsWith(name) ? `${name}: ${sentence}` : sentence;
  };
  const cellOf = (cell, isFirst) => {
    const text = typeof cell === "string" ? cell : cell.text;
    if (isFirst) return make("th", { scope: "row", text });
    return make("td", typeof cell === "string" ? { text } : { class: `number ${cell.status}`, text });
  };
  // The table of another year or map, as it is told under the first.
  const tableOf = (figure) => {
    const shown = figure.columns.map((column, at) => at).filter((at) => !["id", "to"].includes(figure.columns[at].id));
    const caption = `${figure.title} ${figure.subtitle}`;
    const heads = shown.map((at) => make("th", { scope: "col", text: figure.columns[at].title, ...(figure.columns[at].unit ? { class: "number" } : {}) }));
    const rows = figure.rows.map((row) => make("tr", row.id === "district" ? { class: "district" } : {},
      ...shown.map((at, place) => cellOf(row.cells[at], place === 0))));
    return make("div", { class: "table compared", role: "region", "aria-label": caption, tabindex: "0" }, make("table", {},
      make("caption", { text: caption }), make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)));
  };
  const put = (box, sentences) => {
    const lines = [...new Set(sentences)].filter(Boolean).map((text) => make("span", { text }));
    box.replaceChildren(...lines.flatMap((line, at) => (at ? [" ", line] : [line])));
  };
  // `second` is the chart compared with.
  geoservice.tellFinding = (chart, second) => {
    const [finding, words] = [document.getElementById("finding"), document.querySelector(".alternative")];
    // The sentence of a scenario is about both of its maps: it is told once and needs no name before it.
    const isOfBoth = second && chart.config.together && second.frame.finding === chart.frame.finding;
    if (finding) put(finding, isOfBoth ? [chart.frame.finding] : [named(chart, second), second ? named(second, chart) : ""]);
    if (words) put(words, [chart.frame.alternative, second ? second.frame.alternative : ""]);
    document.querySelector(".table.compared")?.remove();
    const table = document.querySelector(".table");
    if (second && second.config.rows && table) table.after(tableOf(second.config));
  };
})();
