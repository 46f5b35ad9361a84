"use strict";
// The ground of a page's map: land, parks, water and railways beneath the streets, outlines above them.
(() => {
  const [NO_DIMENSION, ARROWS] = [-1, "flows"];
  const OUTLINED = ["units", "zones", "areas"];
  const [CASING, LINE] = [4.8, 2.7];
  // Land lies beneath the colours of a figure, water above them, outlines above the streets.
  const PANES = { land: 390, water: 410, outlines: 430 };
  const quiet = (map, name) => {
    if (map.getPane(name)) return;
    map.createPane(name).style.zIndex = PANES[name];
    map.getPane(name).style.pointerEvents = "none";
    map.groundRenderers = { ...map.groundRenderers, [name]: L.svg({ pane: name, padding: 0.4 }) };
  };
  const kindOf = (feature) => feature.properties.states[""].k;
  const dimensionOf = ({ geometry }) => ({ Point: 0, MultiPoint: 0, LineString: 1, MultiLineString: 1, Polygon: 2, MultiPolygon: 2 })[geometry.type] ?? NO_DIMENSION;

  // A background layer as a Leaflet group; the map of a figure with coloured areas has its parks beneath them.
  geoservice.ground = (map, config, data) => {
    Object.keys(PANES).forEach((name) => quiet(map, name));
    const isCovered = config.layers.some((one) => one.frames && one.kind === "polygons" && one.id !== ARROWS);
    const drawn = (features, pane, name) => features.length && L.geoJSON({ type: "FeatureCollection", features }, {
      pane, renderer: map.groundRenderers[pane], interactive: false, style: { className: `ground-${name}`, fillOpacity: 1, opacity: 1 } });
    const of = (kind, dimension) => data.features.filter((one) => kindOf(one) === kind && dimensionOf(one) === dimension);
    const land = of("land", 2), rails = of("railways", 1);
    const parts = [
      drawn(land, "land", "land"), drawn(of("parks", 2), isCovered ? "land" : "water", "parks"),
      drawn(of("water", 2), "water", "water"), drawn(of("water", 1), "water", "stream"),
      drawn(rails, "water", "railway"), drawn(rails, "water", "sleepers")].filter(Boolean);
    const group = L.layerGroup(parts);
    const tinted = (on) => map.getContainer().classList.toggle("has-land", on && land.length > 0);
    group.on("add", () => tinted(true)).on("remove", () => tinted(false));
    group.names = data.features.filter((one) => one.properties.name && kindOf(one) !== "railways")
      .map((one) => ({ name: one.properties.name, kind: kindOf(one), feature: one }));
    return group;
  };

  // Tiles of another host beneath all layers, where a setting names them, with the text that their publisher asks for.
  geoservice.outside = (map, { url, attribution }) => {
    const says = document.createElement("span");
    says.textContent = attribution;
    map.getContainer().classList.add("has-basemap");
    L.tileLayer(url, { attribution: says.innerHTML, maxZoom: 19 }).addTo(map);
  };

  const ringsOf = ({ type, coordinates }) => (type === "Polygon" ? coordinates : type === "MultiPolygon" ? coordinates.flat() : [])
    .map((ring) => ring.map(([lon, lat]) => [lat, lon]));
  // Outlines of zones or areas above the streets: a dark line with a casing, for one layer as two paths.
  geoservice.outlined = (map, held, data) => {
    if (held.kind !== "polygons" || !OUTLINED.includes(held.id)) return [];
    quiet(map, "outlines");
    const rings = data.features.flatMap(({ geometry }) => ringsOf(geometry));
    const line = (weight, className) => L.polyline(rings, { pane: "outlines", renderer: map.groundRenderers.outlines, interactive: false, weight, className, opacity: 1, fill: false });
    return [line(CASING, "casing"), line(LINE, "outline-line")];
  };
})();
