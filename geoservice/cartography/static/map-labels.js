"use strict";
// Printed values: the largest shapes first, none over another, beside the marks where there is room.
(() => {
  const TALL = 17;
  const wide = (text) => text.length * 6.8 + 6;
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  const around = (place, width) => [place.x - width / 2, place.y - TALL / 2, place.x + width / 2, place.y + TALL / 2];
  const STEPS = [[0, 0], [0, -19], [0, 19], [0, -34], [0, 34], [-0.6, 0], [0.6, 0]];

  geoservice.placeLabels = (chart) => {
    const { map, labels } = chart;
    labels.clearLayers();
    if (!chart.labelled) return;
    const shown = chart.layers.filter((one) => map.hasLayer(one.group));
    const points = shown.filter((one) => one.kind === "points");
    const marks = points.flatMap((held) => held.items.map((item) => {
      const [place, r] = [map.latLngToLayerPoint(item.getLatLng()), item.feature.properties.size || 6];
      return [place.x - r, place.y - r, place.x + r, place.y + r];
    }));
    const taken = [];
    const stand = (text, place) => {
      taken.push(around(place, wide(text)));
      const label = document.createElement("span");
      label.textContent = text;
      labels.addLayer(L.marker(map.layerPointToLatLng(place), { pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({ className: "value-label", html: label, iconSize: [wide(text), TALL] }) }));
    };
    // The first place that covers nothing; else, where it may, the first that covers marks only.
    const choose = (text, places, mayCover) => {
      const free = places.filter((place) => !taken.some((one) => meet(around(place, wide(text)), one)));
      const best = free.find((place) => !marks.some((one) => meet(around(place, wide(text)), one)));
      const place = best || (mayCover ? free[0] : undefined);
      if (place) stand(text, place);
    };
    for (const held of shown.filter((one) => one.kind === "polygons")) {
      const sized = held.items.map((item) => ({ item, box: boxOf(map, item) })).sort((a, b) => b.box.area - a.box.area);
      for (const { item, box } of sized) {
        const [text, { at }] = [chart.stateOf(held, item.feature).t, item.feature.properties];
        if (!text || !at) continue;
        if (held.id === "flows") { choose(text, along(map, item), true); continue; }
        if (box.width < wide(text) * 0.9 || box.height < TALL) continue;
        const { x, y } = map.latLngToLayerPoint([at[1], at[0]]);
        const inside = STEPS.filter(([, down]) => Math.abs(down) < box.height / 2.4);
        choose(text, inside.map(([right, down]) => L.point(x + right * Math.min(wide(text), box.width / 3), y + down)), true);
      }
    }
    for (const held of points.filter((one) => one.frames)) {
      for (const item of held.items) {
        const text = chart.stateOf(held, item.feature).t;
        if (!text) continue;
        const { x, y } = map.latLngToLayerPoint(item.getLatLng());
        const r = item.feature.properties.size || 6;
        const off = r + 3 + wide(text) / 2;
        choose(text, [L.point(x + off, y), L.point(x - off, y), L.point(x, y - r - 11), L.point(x, y + r + 11)], false);
      }
    }
  };
  // Places along the middle of an arrow, whose outline goes up one side, over three points of its head, and back.
  const along = (map, item) => {
    const ring = item.feature.geometry.coordinates[0].slice(0, -1), neck = (ring.length - 3) / 2;
    const middle = (at) => [0, 1].map((one) => (ring[at][one] + ring[ring.length - 1 - at][one]) / 2);
    const half = (neck - 1) / 2;
    return [...Array(neck).keys()].sort((a, b) => Math.abs(a - half) - Math.abs(b - half)).map(middle)
      .map(([lon, lat]) => map.latLngToLayerPoint([lat, lon]));
  };
  const boxOf = (map, item) => {
    const bounds = item.getBounds();
    const [a, b] = [map.latLngToLayerPoint(bounds.getNorthWest()), map.latLngToLayerPoint(bounds.getSouthEast())];
    return { width: b.x - a.x, height: b.y - a.y, area: (b.x - a.x) * (b.y - a.y) };
  };
})();
