"use strict";
// Starts a page: the figure of the page on Folium's map.
geoservice.draw = async (map) => {
  const config = JSON.parse(document.getElementById("geoservice-figure").textContent);
  const { make } = geoservice;
  const stage = document.getElementById("stage");
  const panel = document.getElementById("panel");
  map.attributionControl.setPrefix(false);
  map.isFolium = geoservice.groups.size > 0;
  if (map.isFolium) geoservice.markerPictures();
  geoservice.addPatterns();
  geoservice.table(config);
  stage.dataset.title = `${config.title} ${config.subtitle}`;
  map.invalidateSize();
  geoservice.compactRoom(map, panel);
  geoservice.limit(map, config.bounds);
  const zoom = L.control.zoom({ position: map.getSize().x < 600 ? "bottomright" : "topleft" }).addTo(map);
  zoom.getContainer().classList.add("zoom");
  geoservice.basemap = config.basemap?.url ? config.basemap : null;
  const chart = new geoservice.Chart(map, config);
  const view = geoservice.recalled("at").split(",").map(Number);
  const area = config.areas.find((one) => one.id === geoservice.recalled("zoom-area"));
  if (view.length === 3 && view.every(Number.isFinite)) map.setView([view[0], view[1]], view[2], { animate: false });
  else geoservice.fit(map, area ? area.box : config.bounds);
  try {
    await chart.load();
  } catch {
    document.body.dataset.failed = "true";
    return;
  }
  const wanted = geoservice.recalled("frame");
  if (wanted) chart.show(wanted);
  // Pictures and data show the measure that the page shows.
  const follow = (frame) => {
    document.body.dataset.frame = frame.id;
    for (const link of document.querySelectorAll("#downloads a")) {
      const aim = new URL(link.href);
      const view = geoservice.viewOf(frame);
      if (view) aim.searchParams.set("view", view);
      link.href = aim;
    }
    geoservice.tellFinding(chart, chart.second);
    geoservice.rank(chart);
    geoservice.years(chart);
    if (chart.retold) chart.retold();
  };
  geoservice.panel(chart, panel, follow);
  geoservice.gestures(chart);
  if (wanted) follow(chart.frame);
  else {
    geoservice.rank(chart);
    geoservice.years(chart);
  }
  geoservice.choices(chart, document.getElementById("choices"));
  const compare = geoservice.compare(chart, stage);
  if (compare) chart.tools.append(compare);
  geoservice.foldChoices(config.words);
  const button = (word, act) => make("button", { type: "button", text: config.words[word], onclick: act });
  const full = button("page_full", () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()));
  chart.tools.append(make("div", { class: "buttons" }, full,
    button("page_reset", () => geoservice.fit(map, config.bounds)), button("page_print", () => window.print())));
  map.on("moveend", () => {
    const centre = map.getCenter();
    geoservice.remember("at", [centre.lat.toFixed(5), centre.lng.toFixed(5), map.getZoom()].join(","));
  });
  // Paper is laid out after scripts have run: the stage gets its width on paper first, and the map what was seen.
  const sized = (bounds) => { map.invalidateSize({ animate: false }); map.fitBounds(bounds, { animate: false, paddingBottomRight: [0, 40] }); };
  let before = null;
  window.addEventListener("beforeprint", () => {
    before = { centre: map.getCenter(), zoom: map.getZoom(), hash: location.hash };
    const seen = map.getBounds(), all = L.latLngBounds([config.bounds[1], config.bounds[0]], [config.bounds[3], config.bounds[2]]);
    document.body.classList.add("printing");
    Object.assign(map.options, { minZoom: 0, maxBounds: null });
    sized(seen.contains(all) ? all : seen);
  });
  window.addEventListener("afterprint", () => {
    if (!before) return;
    document.body.classList.remove("printing");
    map.invalidateSize({ animate: false });
    map.limits?.();
    map.setView(before.centre, before.zoom, { animate: false });
    history.replaceState(null, "", before.hash || location.pathname + location.search);
    before = null;
  });
  document.addEventListener("fullscreenchange", () => {
    full.textContent = config.words[document.fullscreenElement ? "page_full_exit" : "page_full"];
    map.invalidateSize();
  });
  document.body.dataset.ready = "true";
};
