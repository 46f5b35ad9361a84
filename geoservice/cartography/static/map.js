"use strict";
// Starts a page: the figure of the page on Folium's map.
// How tall a map of some bounds is to its width, so that small screens waste no room around it.
geoservice.tall = ([west, south, east, north]) => {
  const [a, b] = [L.CRS.EPSG3857.project(L.latLng(south, west)), L.CRS.EPSG3857.project(L.latLng(north, east))];
  return ((b.y - a.y) / (b.x - a.x) * 1.06).toFixed(3);
};
geoservice.draw = async (map) => {
  const config = JSON.parse(document.getElementById("geoservice-figure").textContent);
  const { make } = geoservice;
  const stage = document.getElementById("stage");
  const panel = document.getElementById("panel");
  map.attributionControl.setPrefix(false);
  geoservice.addPatterns();
  geoservice.table(config);
  stage.dataset.title = `${config.title} ${config.subtitle}`;
  stage.style.setProperty("--tall", geoservice.tall(config.bounds));
  map.invalidateSize();
  const zoom = L.control.zoom({ position: map.getSize().x < 600 ? "bottomright" : "topleft" }).addTo(map);
  zoom.getContainer().classList.add("zoom");
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
    if (chart.retold) chart.retold();
  };
  geoservice.panel(chart, panel, follow);
  if (wanted) follow(chart.frame);
  geoservice.choices(chart, document.getElementById("choices"));
  const compare = geoservice.compare(chart, stage);
  if (compare) panel.append(compare);
  const button = (word, act) => make("button", { type: "button", text: config.words[word], onclick: act });
  const full = button("page_full", () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()));
  panel.append(make("div", { class: "buttons" }, full,
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
    sized(seen.contains(all) ? all : seen);
  });
  window.addEventListener("afterprint", () => {
    if (!before) return;
    document.body.classList.remove("printing");
    map.invalidateSize({ animate: false });
    map.setView(before.centre, before.zoom, { animate: false });
    history.replaceState(null, "", before.hash || location.pathname + location.search);
    before = null;
  });
  document.addEventListener("fullscreenchange", () => map.invalidateSize());
  document.body.dataset.ready = "true";
};
