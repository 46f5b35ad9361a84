"use strict";
// Ranked bars beside a choropleth: the areas by value, with the district's line. Hover and focus link bars and map.
(() => {
  const { make } = geoservice;
  const MANY = 14;
  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const axisOf = (frame, { line }, unit) => {
    const entry = frame.legend.find((one) => one.key === unit.key);
    const axis = make("span", { class: "axis" });
    if (unit.bar) {
      const bar = make("span", { class: `bar ${unit.status}` });
      const [left, right] = unit.bar;
      Object.assign(bar.style, { left: percent(left), width: percent(right - left), background: entry && !entry.hatch ? entry.colour : "" });
      axis.append(bar);
    }
    if (line !== null) axis.append(Object.assign(make("i"), { style: `left: ${percent(line)}` }));
    return axis;
  };
  // One stop of the Tab key: arrows go on, Enter opens the card on the map.
  const step = (event, rows) => {
    const at = rows.indexOf(event.currentTarget);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    const next = rows[(to + rows.length) % rows.length];
    event.currentTarget.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    event.preventDefault();
  };
  const inView = (box, row) => {
    const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
  };
  const itemsOf = (chart) => chart.layers.find((one) => one.id === "units")?.items || [];
  const mark = (row, item, on) => {
    row?.classList.toggle("linked", on);
    item?.getElement()?.classList.toggle("linked", on);
  };
  // The list is made anew for each frame; features of the map find their row by their id.
  geoservice.rank = (chart) => {
    const box = document.getElementById("ranking");
    const { ranking } = chart.frame;
    if (!box) return;
    box.hidden = !ranking;
    if (!ranking) return;
    const byId = new Map(itemsOf(chart).map((item) => [item.feature.properties.id, item]));
    const rows = ranking.units.map((unit, at) => {
      const item = byId.get(unit.id);
      const row = make("button", { type: "button", tabindex: at ? -1 : 0, onclick: () => item?.openPopup(), onkeydown: (event) => step(event, rows) },
        make("span", { class: "unit", text: unit.name }), axisOf(chart.frame, ranking, unit), make("b", { text: unit.text }));
      for (const [event, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) row.addEventListener(event, () => mark(row, item, on));
      return row;
    });
    chart.ranked = new Map(ranking.units.map((unit, at) => [unit.id, rows[at]]));
    const list = make("ol", { class: rows.length > MANY ? "ranked many" : "ranked" }, ...rows.map((row) => make("li", {}, row)));
    box.replaceChildren(make("h2", { id: "ranking-title", text: ranking.title }), make("p", { class: ranking.line === null ? "district-sum" : "district-key", text: ranking.district }), list);
    if (chart.isRanked) return;
    chart.isRanked = true;
    const link = (id, item, on) => {
      const row = chart.ranked.get(id);
      mark(row, item, on);
      if (on && row) inView(box, row);
    };
    for (const [id, item] of byId) {
      item.on("mouseover", () => link(id, item, true)).on("mouseout", () => link(id, item, false));
      const node = item.getElement();
      if (!node) continue;
      node.addEventListener("focus", () => link(id, item, true));
      node.addEventListener("blur", () => link(id, item, false));
    }
  };
})();
