"use strict";
// Points that would lie on each other, such as schools of one site: moved side by side, so that each is seen and reached.
(() => {
  const ROUNDS = 40, CLOSE = 0.92, MOST = 150;
  const unit = (a, b) => {
    const [x, y] = [a.x - b.x, a.y - b.y], far = Math.hypot(x, y);
    return far ? [x / far, y / far, far] : [1, 0, 0];
  };
  const parted = (places, radii) => {
    const moved = places.map(({ x, y }) => ({ x, y }));
    for (let round = 0; round < ROUNDS; round += 1) {
      let still = true;
      for (let a = 0; a < moved.length; a += 1) {
        for (let b = 0; b < a; b += 1) {
          const [right, down, far] = unit(moved[a], moved[b]);
          const short = (CLOSE * (radii[a] + radii[b]) - far) / 2;
          if (short <= 0.05) continue;
          still = false;
          moved[a].x += right * short; moved[a].y += down * short;
          moved[b].x -= right * short; moved[b].y -= down * short;
        }
      }
      if (still) break;
    }
    return moved;
  };
  // Pixels; on phones marks are smaller, to make room for values, most where no letter has to be read in them.
  // The zoned school's star is the map's subject: it is never smaller than a target has to be.
  const LEAST_STAR = 11, isStar = (feature) => Object.values(feature.properties.states).some((one) => one.k === "right");
  geoservice.radius = ({ feature, shrunk = 1 }) => {
    const radius = Math.max((feature.properties.size || 6) * shrunk, 4.6);
    return isStar(feature) ? Math.max(radius, LEAST_STAR) : radius;
  };
  // Where a point is drawn, in pixels of the map's layers.
  geoservice.drawnAt = (map, item) => map.latLngToLayerPoint(item.getLatLng()).add(item.shift || [0, 0]);
  geoservice.sideBySide = (chart) => {
    const { map } = chart;
    const items = chart.layers.filter((one) => one.kind === "points" && map.hasLayer(one.group)).flatMap((one) => one.items);
    if (items.length > MOST) return;
    const places = items.map((item) => map.latLngToLayerPoint(item.getLatLng()));
    const moved = parted(places, items.map(geoservice.radius));
    items.forEach((item, at) => {
      item.shift = L.point(moved[at].x - places[at].x, moved[at].y - places[at].y);
      const [node, half] = [item.getElement(), geoservice.radius(item) + 1];
      if (!node) return;
      node.style.marginLeft = `${item.shift.x - half}px`;
      node.style.marginTop = `${item.shift.y - half}px`;
    });
  };
})();
