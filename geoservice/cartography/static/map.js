"use strict";
// Draws the layers of a page. Text reaches the page as textContent only.
function geoserviceDraw(map) {
  const config = JSON.parse(document.getElementById("geoservice-layers").textContent);
  map.attributionControl.setPrefix(false);
  const control = L.control.layers(null, null, { collapsed: false }).addTo(map);
  const card = (feature) => {
    const box = document.createElement("div");
    for (const line of feature.properties.lines || []) {
      const row = document.createElement("div");
      row.textContent = line;
      box.appendChild(row);
    }
    return box;
  };
  const style = {
    areas: (f) => ({ color: "#333", weight: 1.5, fillColor: f.properties.colour || "#fff", fillOpacity: f.properties.colour ? 0.85 : 0 }),
    zones: (f) => ({ color: "#444", weight: 1, fillColor: f.properties.colour || "#dfe5ea", fillOpacity: 0.8 }),
    streets: () => ({ color: "#6b6b6b", weight: 0.6, interactive: false }),
  };
  const draw = (layer, data) => {
    const made = L.geoJSON(data, {
      style: style[layer.id],
      interactive: layer.id !== "streets",
      pointToLayer: (f, at) => L.circleMarker(at, { radius: 6, color: "#111", weight: 1.5, fillColor: f.properties.colour || "#fff", fillOpacity: 1 }),
      onEachFeature: (f, one) => {
        if ((f.properties.lines || []).length) {
          one.bindTooltip(card(f));
          one.bindPopup(card(f));
        }
      },
    }).addTo(map);
    const label = document.createElement("span");
    label.textContent = layer.name;
    control.addOverlay(made, label.outerHTML);
    return made;
  };
  const fetched = config.layers.map((layer) =>
    layer.geojson ? Promise.resolve(layer.geojson) : fetch(layer.url).then((r) => r.json()));
  Promise.all(fetched).then((all) => {
    all.forEach((data, at) => draw(config.layers[at], data));
    document.body.dataset.ready = "true";
  });
}
