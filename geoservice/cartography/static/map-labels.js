"use strict";
// Printed values: the largest shapes first, none over another or beyond the map, beside the marks where there is room.
(() => {
  const [PADDING, NARROW, CORE] = [8, 500, 0.6];
  // Smaller on phones and where names may not lie on edges: more of them find room.
  let [size, LINE] = [12, 15];
  const steps = (count, end) => [...Array(count).keys()].map((at) => (2 * at / (count - 1) - 1) * end);
  const [GRID, FINE] = [steps(7, 0.42), steps(17, 0.46)];
  const ruler = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  const wide = (line) => {
    const key = `${size} ${line}`;
    if (!widths.has(key)) {
      ruler.font = `600 ${size}px ${getComputedStyle(document.body).fontFamily}`;
      widths.set(key, Math.ceil(ruler.measureText(line).width) + PADDING);
    }
    return widths.get(key);
  };
  const formed = (lines) => ({ lines, width: Math.max(...lines.map(wide)), height: LINE * lines.length + 2 });
  // A text in one line, and in the two of least width; never parted between a sign and its number.
  const forms = (text) => {
    const words = text.split(/(?<![≥≤≈<])\s+/);
    const cuts = words.slice(1).map((_, at) => formed([words.slice(0, at + 1).join(" "), words.slice(at + 1).join(" ")]));
    return [formed([text]), ...cuts.sort((a, b) => a.width - b.width).slice(0, 1)];
  };
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  const around = ({ x, y }, { width, height }) => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  const within = (a, b) => a[0] >= b[0] && a[1] >= b[1] && a[2] <= b[2] && a[3] <= b[3];

  geoservice.placeLabels = (chart) => {
    const { map, labels } = chart;
    labels.clearLayers();
    chart.unprinted = 0;
    if (!chart.labelled) return;
    const corner = map.containerPointToLayerPoint([0, 0]), room = map.getSize();
    const view = [corner.x + 2, corner.y + 2, corner.x + room.x - 2, corner.y + room.y - 2];
    const shown = chart.layers.filter((one) => map.hasLayer(one.group));
    const points = shown.filter((one) => one.kind === "points");
    // Where edges are what the figure is about, names do not lie on them.
    const isStrict = shown.some((one) => one.id === "edges"), isSmall = isStrict || room.x < NARROW;
    [size, LINE] = isSmall ? [10, 12] : [12, 15];
    const marks = points.flatMap((held) => held.items.map((item) => {
      const [{ x, y }, r] = [geoservice.drawnAt(map, item), geoservice.radius(item) + 2];
      return [x - r, y - r, x + r, y + r];
    }));
    // What is inside of a mark, its letter, is never covered; its rim is where there is no other room.
    const letters = points.flatMap((held) => held.items.map((item) => {
      const [{ x, y }, r] = [geoservice.drawnAt(map, item), geoservice.radius(item) * CORE];
      return [x - r, y - r, x + r, y + r];
    }));
    const container = map.getContainer(), frame = container.getBoundingClientRect();
    const taken = [...container.querySelectorAll(".leaflet-control")].map((one) => one.getBoundingClientRect())
      .map((one) => [corner.x + one.left - frame.left, corner.y + one.top - frame.top, corner.x + one.right - frame.left, corner.y + one.bottom - frame.top]);
    // Nothing stands on the head of an arrow, and names do not lie on arrows where there is other room.
    const arrows = shown.filter((one) => one.id === "flows").flatMap((one) => one.items);
    taken.push(...arrows.map((item) => headOf(map, item)));
    marks.push(...arrows.flatMap((item) => along(map, item).map(({ x, y }) => [x - 4, y - 4, x + 4, y + 4])));
    const stand = ({ form, place, box }) => {
      taken.push(box);
      const label = document.createElement("span");
      label.textContent = form.lines.join("\n");
      labels.addLayer(L.marker(map.layerPointToLatLng(place), { pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({ className: isSmall ? "value-label small" : "value-label", html: label, iconSize: [form.width, form.height] }) }));
    };
    // The first place that covers nothing; else, where it may, the first that covers no more than rims of marks.
    const choose = (made, placesOf, mayCover) => {
      let spare;
      for (const form of made) {
        for (const place of placesOf(form)) {
          const box = around(place, form);
          if (!within(box, view) || taken.some((one) => meet(box, one))) continue;
          if (!marks.some((one) => meet(box, one))) return stand({ form, place, box });
          if (!spare && !letters.some((one) => meet(box, one))) spare = { form, place, box };
        }
      }
      if (mayCover && spare) stand(spare);
      else chart.unprinted += 1;
    };
    const inShapes = (held) => {
      const sized = held.items.map((item) => ({ item, box: boxOf(map, item) })).sort((a, b) => areaOf(b.box) - areaOf(a.box));
      for (const { item, box } of sized) {
        const [text, { at }] = [chart.stateOf(held, item.feature).t, item.feature.properties];
        if (!text || !at || !meet(box, view)) continue;
        if (held.id === "flows") { const way = along(map, item); choose([formed([text])], () => way, true); continue; }
        const inside = insideOf(map, item, box, view, map.latLngToLayerPoint([at[1], at[0]]), isStrict);
        choose(forms(text), inside, held.frames || arrows.length > 0);
      }
    };
    const shapes = shown.filter((one) => one.kind === "polygons");
    // What the figure measures first, then the names around it.
    shapes.filter((one) => one.frames).forEach(inShapes);
    for (const held of points.filter((one) => one.frames)) {
      for (const item of held.items) {
        const text = chart.stateOf(held, item.feature).t;
        const [{ x, y }, r] = [geoservice.drawnAt(map, item), geoservice.radius(item)];
        if (!text || !within([x, y, x, y], view)) continue;
        const beside = ({ width, height }) => {
          const [off, up] = [r + 3 + width / 2, r + 3 + height / 2];
          return [L.point(x + off, y), L.point(x - off, y), L.point(x, y - up), L.point(x, y + up)];
        };
        choose([formed([text])], beside, false);
      }
    }
    shapes.filter((one) => !one.frames).forEach(inShapes);
  };
  // Places of a shape that is seen, those near its inner point first, at which half of a label's corners lie in it,
  // or all of it, where it must.
  const insideOf = (map, item, box, view, inner, isStrict) => {
    let rings = null;
    const holds = (x, y) => {
      rings ||= ringsOf(map, item);
      let odd = false;
      for (const ring of rings) {
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
          const [a, b] = [ring[i], ring[j]];
          if ((a.y > y) !== (b.y > y) && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
        }
      }
      return odd;
    };
    const seen = [Math.max(box[0], view[0]), Math.max(box[1], view[1]), Math.min(box[2], view[2]), Math.min(box[3], view[3])];
    const [x, y, across, down] = [(seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2, seen[2] - seen[0], seen[3] - seen[1]];
    const far = (place) => Math.hypot(place.x - inner.x, place.y - inner.y);
    const places = isStrict ? FINE : GRID;
    const grid = places.flatMap((right) => places.map((below) => L.point(x + right * across, y + below * down))).sort((a, b) => far(a) - far(b));
    return function* (form) {
      if (form.width > (box[2] - box[0]) * 1.05 || form.height > box[3] - box[1]) return;
      for (const place of [inner, ...grid]) {
        const [left, top, right, bottom] = around(place, form);
        const corners = [[left, top], [right, top], [left, bottom], [right, bottom]];
        const sides = isStrict ? steps(5, 0.5).flatMap((part) => [top, bottom].map((y) => [place.x + part * form.width, y])) : [];
        const least = isStrict ? 4 : 2;
        if (corners.filter(([a, b]) => holds(a, b)).length >= least && holds(place.x, place.y)
          && sides.every(([a, b]) => holds(a, b))) yield place;
      }
    };
  };
  const ringsOf = (map, item) => {
    const { type, coordinates } = item.feature.geometry;
    return (type === "Polygon" ? [coordinates] : coordinates).flat()
      .map((ring) => ring.map(([lon, lat]) => map.latLngToLayerPoint([lat, lon])));
  };
  // Places along the middle of an arrow, whose outline goes up one side, over three points of its head, and back.
  const along = (map, item) => {
    const ring = item.feature.geometry.coordinates[0].slice(0, -1), neck = (ring.length - 3) / 2;
    const middle = (at) => [0, 1].map((one) => (ring[at][one] + ring[ring.length - 1 - at][one]) / 2);
    const half = (neck - 1) / 2;
    return [...Array(neck).keys()].sort((a, b) => Math.abs(a - half) - Math.abs(b - half)).map(middle)
      .map(([lon, lat]) => map.latLngToLayerPoint([lat, lon]));
  };
  const headOf = (map, item) => {
    const ring = item.feature.geometry.coordinates[0].slice(0, -1), neck = (ring.length - 3) / 2;
    const ends = ring.slice(neck, neck + 3).map(([lon, lat]) => map.latLngToLayerPoint([lat, lon]));
    const [x, y] = [ends.map((one) => one.x), ends.map((one) => one.y)];
    return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
  };
  const boxOf = (map, item) => {
    const bounds = item.getBounds();
    const [a, b] = [map.latLngToLayerPoint(bounds.getNorthWest()), map.latLngToLayerPoint(bounds.getSouthEast())];
    return [a.x, a.y, b.x, b.y];
  };
  const areaOf = (box) => (box[2] - box[0]) * (box[3] - box[1]);
})();
