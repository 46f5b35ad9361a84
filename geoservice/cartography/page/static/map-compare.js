"use strict";
// A second figure beside the first: another view, year or map; both move together.
(() => {
  const { make } = geoservice;
  const choices = (config) => {
    const mine = (config.frames.length > 1 ? config.frames : []).map((one) => ({ value: `frame:${one.id}`, text: [one.view, one.year].filter(Boolean).join(", ") }));
    if (config.inside) return mine;
    const framed = new Set(config.frames.map((one) => one.year));
    const years = config.years.filter((one) => one !== config.year && !framed.has(one)).map((one) => ({ value: `year:${one}`, text: `${config.short}, ${one}` }));
    const maps = config.maps.filter((one) => one.id !== config.id).map((one) => ({ value: `map:${one.id}`, text: one.title }));
    return [...mine, ...years, ...maps];
  };
  const fetched = async (id, query) => {
    const answer = await fetch(`/maps/${encodeURIComponent(id)}/figure.json?${query}`);
    if (!answer.ok) throw new Error("figure");
    return answer.json();
  };
  // Downloads have the classes that are seen.
  const download = (year) => {
    for (const link of document.querySelectorAll("#downloads a")) {
      const aim = new URL(link.href);
      if (year) aim.searchParams.set("beside", year); else aim.searchParams.delete("beside");
      link.href = aim;
    }
  };
  // Two years of a map have one set of classes and one scale of bars: that of the year here is put back at the end.
  const pooled = async (chart, chosen) => {
    if (!chosen.startsWith("year:")) return () => {};
    const query = new URLSearchParams(chart.config.query), year = chosen.slice("year:".length);
    query.set("beside", year);
    const back = await chart.adopt(await fetched(chart.config.id, query));
    download(year);
    return () => { back(); download(""); };
  };
  const other = async ({ config, frame }, chosen) => {
    const [kind, ...rest] = chosen.split(":");
    const value = rest.join(":");
    if (kind === "frame") return { ...config, frames: config.frames.filter((one) => one.id === value) };
    const query = new URLSearchParams(config.query);
    if (kind === "year") {
      query.set("year", value);
      query.set("beside", config.year);
      if (geoservice.viewOf(frame)) query.set("view", geoservice.viewOf(frame));
    } else for (const key of ["band", "view", "zone", "school", "beside"]) query.delete(key);
    return fetched(kind === "map" ? value : config.id, query);
  };
  const together = (one, two) => {
    let busy = false;
    const follow = (from, to) => () => {
      if (busy || !geoservice.hasRoom(from)) return;
      busy = true;
      try {
        to.setView(from.getCenter(), from.getZoom(), { animate: false });
      } finally {
        busy = false;
      }
    };
    const [a, b] = [follow(one, two), follow(two, one)];
    one.on("move", a);
    two.on("move", b);
    return () => one.off("move", a);
  };
  // Leaflet leaves the timers of the wheel and of an animated zoom as they are: what they move would be gone.
  const removed = (map) => {
    clearTimeout(map.scrollWheelZoom._timer);
    map.remove();
    map.off();
    map._animatingZoom = false;
  };
  geoservice.compare = (chart, stage) => {
    const { config } = chart;
    const options = choices(config);
    if (!options.length) return null;
    let [close, turn] = [() => {}, 0];
    // The place of the second map that the page came with.
    const unawaited = () => {
      const place = stage.querySelector(".awaited");
      if (!place) return;
      place.remove();
      stage.querySelector(".pane > h2").remove();
      stage.classList.remove("comparing");
    };
    const say = make("span", { role: "status", class: "hint" });
    const open = async (chosen) => {
      close();
      geoservice.remember("compare", chosen);
      const mine = turn += 1;
      if (!chosen) return;
      const figure = await other(chart, chosen).catch(() => null);
      if (mine !== turn) return; // Another was chosen meanwhile.
      const back = figure ? await pooled(chart, chosen).catch(() => null) : null;
      if (mine !== turn) { if (back) back(); return; }
      if (!figure || !back) { unawaited(); say.textContent = "–"; return; }
      const place = make("div", { class: "other-map", role: "application", "aria-label": figure.short });
      const legend = make("div", { class: "legends other" });
      // What parts the two: measure and year of one map, title and subtitle of two.
      const told = ({ id, short, subtitle, year }, frame) => (id === config.id && id === figure.id ? [frame.view, frame.year || year]
        : [short, subtitle]).filter(Boolean).join(" · ");
      const pane = make("section", { class: "pane second", "aria-label": told(figure, figure.frames[0]) }, make("h2", { text: told(figure, figure.frames[0]) }), place);
      unawaited();
      const first = make("h2", { text: told(config, chart.frame) });
      stage.querySelector(".pane").prepend(first);
      const opened = chart.frame.view;
      // Another measure here: its name stands above, and another year shows the same.
      chart.retold = () => {
        first.textContent = told(config, chart.frame);
        if (chosen.startsWith("year:") && chart.frame.view !== opened) open(chosen);
      };
      stage.querySelector(".pane").after(pane);
      stage.classList.add("comparing");
      const untouched = !geoservice.recalled("at");
      chart.map.invalidateSize();
      if (untouched) geoservice.fit(chart.map, config.bounds);
      const map = L.map(place, { zoomSnap: 0.25, zoomControl: false, attributionControl: false });
      map.setView(chart.map.getCenter(), chart.map.getZoom());
      const second = new geoservice.Chart(map, figure);
      const apart = together(chart.map, map);
      close = () => { chart.retold = null; chart.second = null; geoservice.tellFinding(chart); apart(); removed(map); pane.remove(); first.remove(); legend.remove(); back(); geoservice.legend(chart, chart.legendBox); stage.classList.remove("comparing"); chart.map.invalidateSize(); close = () => {}; };
      geoservice.legend(chart, chart.legendBox);
      const isLoaded = await second.load().then(() => true, () => false);
      if (mine !== turn) return; // Closed meanwhile.
      if (!isLoaded) { close(); say.textContent = "–"; return; }
      geoservice.legend(second, legend);
      legend.prepend(make("h2", { text: told(figure, second.frame) }));
      chart.second = second;
      geoservice.tellFinding(chart, second);
      if (!chosen.startsWith("frame:") || second.frame.view !== chart.frame.view) chart.legendBox.after(legend);
      document.body.dataset.compared = chosen;
    };
    const select = make("select", { id: "compare", onchange: () => open(select.value) },
      make("option", { value: "", text: config.words.page_compare_none }),
      ...options.map((one) => make("option", { value: one.value, text: one.text })));
    const recalled = geoservice.recalled("compare") || config.together;
    if (options.some((one) => one.value === recalled)) { select.value = recalled; open(recalled); } else unawaited();
    return make("div", { class: "search" }, make("label", { for: "compare", text: config.words.page_compare }), select, say);
  };
})();
