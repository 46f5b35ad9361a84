"use strict";
// The panel beside a map: measure, year, layers, legend, search, area; what it holds stands in the URL's fragment.
(() => {
  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") made.textContent = value;
      else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };
  geoservice.make = make;
  const state = () => new URLSearchParams(location.hash.slice(1));
  geoservice.remember = (key, value) => {
    const held = state();
    if (value) held.set(key, value); else held.delete(key);
    const text = held.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };
  geoservice.recalled = (key) => state().get(key) || "";

  // A bar beside an entry's name: the district's value of schools that look so.
  const barOf = (entry, value, most) => {
    const bar = make("span", { class: "bar" });
    Object.assign(bar.style, { width: `${(100 * Math.abs(value.number || 0)) / most}%`, backgroundColor: entry.colour });
    return [make("span", { class: `track ${value.status}` }, bar), make("b", { text: value.text })];
  };
  const legendList = (entries, bars = [], most = 1) => make("ul", { class: "legend" }, ...entries.map((entry) => {
    const value = bars.find((one) => one.key === entry.key);
    const line = make("li", value ? { class: "barred" } : {});
    line.append(geoservice.swatch(entry), make("span", { text: entry.text }), ...(entry.district ? [make("em", { class: "here", text: entry.district })] : []), ...(value ? barOf(entry, value, most) : []));
    return line;
  }));
  // The legend of what is visible now and of the sizes of its points.
  geoservice.legend = (chart, box) => {
    const used = chart.used(), bars = chart.config.bars.filter((one) => one.key);
    for (const one of bars) used.add(one.key.split("-")[0]);
    for (const held of chart.layers) if (held.kind === "points" && chart.isOn(held.id)) used.add("seats");
    const shown = chart.config.legend.filter((entry) => entry.text && used.has(entry.key.split("-")[0]));
    box.replaceChildren();
    if (chart.frame.legend.length && chart.layers.some((one) => one.frames && chart.isOn(one.id))) {
      box.append(make("h3", { text: chart.frame.legend_title }), legendList(chart.frame.legend));
    }
    box.append(make("p", { class: "district", text: chart.frame.district }));
    if (!shown.length) return;
    box.append(make("h3", { text: chart.config.legend_title }));
    if (bars.length) box.append(make("p", { class: "bars-title", text: chart.config.bars_title }));
    box.append(legendList(shown.map((one) => chart.sized(one)), bars, chart.config.bars_most));
  };
  const views = (chart, changed) => {
    const names = [...new Set(chart.config.frames.map((one) => one.view))];
    if (names.length < 2) return [];
    const lines = names.map((name) => {
      const input = make("input", { type: "radio", name: "view", onchange: () => changed({ view: name }) });
      input.checked = name === chart.frame.view;
      return make("label", {}, input, make("span", { text: name }));
    });
    return [make("fieldset", {}, make("legend", { text: chart.config.words.page_show }), ...lines)];
  };
  const slider = (chart, changed) => {
    const years = [...new Set(chart.config.frames.map((one) => one.year))].sort();
    if (years.length < 2) return [];
    const told = make("output", { text: chart.frame.year });
    const input = make("input", { type: "range", min: 0, max: years.length - 1, step: 1, id: "year-slider" });
    input.value = years.indexOf(chart.frame.year);
    const move = () => {
      told.textContent = years[input.value];
      input.setAttribute("aria-valuetext", years[input.value]);
      changed({ year: years[input.value] });
    };
    input.addEventListener("input", move);
    input.setAttribute("aria-valuetext", chart.frame.year);
    return [make("div", { class: "years" }, make("label", { for: "year-slider", text: chart.config.words.page_year }), input, told)];
  };
  const layers = (chart, redraw) => {
    const words = chart.config.words;
    const off = new Set(geoservice.recalled("off").split(",").filter(Boolean));
    const lines = chart.config.layers.map((layer) => {
      const input = make("input", { type: "checkbox", onchange: () => {
        chart.toggle(layer.id, input.checked);
        if (input.checked) off.delete(layer.id); else off.add(layer.id);
        geoservice.remember("off", [...off].join(","));
        redraw();
      } });
      input.checked = chart.isOn(layer.id) && !off.has(layer.id);
      if (off.has(layer.id)) chart.toggle(layer.id, false);
      // Another control, such as Folium's, may show and hide layers too.
      chart.map.on("overlayadd overlayremove", () => {
        if (input.checked === chart.isOn(layer.id)) return;
        input.checked = !input.checked;
        input.dispatchEvent(new Event("change"));
      });
      return make("label", {}, input, make("span", { text: layer.title }));
    });
    const printed = make("input", { type: "checkbox", onchange: () => { chart.labelled = printed.checked; chart.placeLabels(); } });
    printed.checked = chart.labelled;
    lines.push(make("label", {}, printed, make("span", { text: words.page_labels })));
    return make("fieldset", { class: "layers" }, make("legend", { text: words.page_layers }), ...lines);
  };
  const search = (chart) => {
    const found = chart.places();
    if (!found.length) return [];
    const words = chart.config.words;
    const said = make("span", { role: "status", class: "hint" });
    const list = make("datalist", { id: "school-names" }, ...found.map(({ name }) => {
      const option = make("option", {});
      option.value = name;
      return option;
    }));
    const input = make("input", { type: "search", list: "school-names", id: "school-search", autocomplete: "off" });
    const go = ({ stay = false } = {}) => {
      const typed = input.value.trim().toLowerCase();
      if (!typed) { said.textContent = ""; return; }
      const hit = found.find((one) => one.name.toLowerCase() === typed) || found.find((one) => one.name.toLowerCase().includes(typed));
      said.textContent = hit ? "" : words.page_none_found;
      if (!hit) return;
      if (!stay) chart.map.setView(hit.item.getLatLng(), Math.max(chart.map.getZoom(), 14), { animate: false });
      const card = hit.item.getPopup();
      card.options.autoPan = !stay;
      hit.item.openPopup();
      card.options.autoPan = true;
      geoservice.remember("school", hit.name);
    };
    input.addEventListener("change", () => go());
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go(); } });
    const recalled = geoservice.recalled("school");
    if (recalled) { input.value = recalled; go({ stay: Boolean(geoservice.recalled("at")) }); }
    return [make("div", { class: "search" }, make("label", { for: "school-search", text: words.page_search }), input, list, said)];
  };
  const areaZoom = (chart) => {
    const { areas, words } = chart.config;
    if (areas.length < 2 || !chart.config.inside) return [];
    const choose = make("select", { id: "area-zoom", onchange: () => {
      const hit = areas.find((one) => one.id === choose.value);
      geoservice.remember("zoom-area", choose.value);
      geoservice.fit(chart.map, hit ? hit.box : chart.config.bounds);
    } }, ...[{ id: "", name: words.page_area_all }, ...areas].map((one) => make("option", { value: one.id, text: one.name })));
    choose.value = geoservice.recalled("zoom-area");
    return [make("div", { class: "search" }, make("label", { for: "area-zoom", text: words.page_area }), choose)];
  };
  // On small screens the scale stands below the place shown, not on it.
  const fit = (map, [west, south, east, north]) => map.fitBounds([[south, west], [north, east]],
    { animate: false, paddingBottomRight: geoservice.room(map) });
  // Shows a place whole, and again where the map gets another size, until somebody moves it.
  const NEAR_PX = 3;
  // Without room, in a hidden tab or frame, nothing fits: the view stays as it is until the room is back.
  geoservice.hasRoom = (map) => map.getSize().x > 0 && map.getSize().y > 0;
  const again = (map) => {
    if (!geoservice.hasRoom(map)) return;
    const { box, centre, zoom } = map.fitted;
    const moved = map.latLngToContainerPoint(centre).distanceTo(map.getSize().divideBy(2));
    if (map.getZoom() !== zoom || moved > NEAR_PX || document.body.classList.contains("printing")) return;
    geoservice.fit(map, box);
  };
  geoservice.fit = (map, box) => {
    fit(map, box);
    if (!map.fitted) map.on("resize", () => again(map));
    map.fitted = { box, centre: map.getCenter(), zoom: map.getZoom() };
  };

  geoservice.panel = (chart, box, onChange) => {
    const legend = make("div", { class: "legends" });
    chart.legendBox = legend;
    document.querySelector(".bars-of-legend")?.remove();
    const redraw = () => geoservice.legend(chart, legend);
    // Nobody takes a value that had no room for one that is not there.
    const unprinted = make("p", { class: "hint unprinted" });
    chart.placed = () => {
      unprinted.hidden = !chart.unprinted;
      unprinted.textContent = chart.config.words.page_unprinted.replace("{n}", chart.unprinted);
    };
    chart.placed();
    const changed = (wanted) => {
      const aim = { view: chart.frame.view, year: chart.frame.year, ...wanted };
      const frame = chart.config.frames.find((one) => one.view === aim.view && one.year === aim.year);
      if (!frame) return;
      chart.show(frame.id);
      geoservice.remember("frame", frame.id === chart.config.frames[0].id ? "" : frame.id);
      redraw();
      onChange(frame);
    };
    box.replaceChildren(
      make("h2", { text: chart.config.words.page_legend }), legend, unprinted, ...views(chart, changed), ...slider(chart, changed));
    chart.tools = geoservice.foldedTools(box, chart.config.words);
    chart.tools.append(...search(chart), ...areaZoom(chart), layers(chart, redraw));
    redraw();
    return redraw;
  };
})();
