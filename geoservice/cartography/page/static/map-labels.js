"use strict";
// Names and values on the map: inside of their own shape, nearest to their own mark, none over another or beyond the map.
(() => {
  const [NARROW, GAP] = [500, 3];
  const [NUMBERS, FINE] = [/(?<![≥≤≈<])\s+/, [...Array(17).keys()].map((at) => at / 16)];
  // Smaller on phones: more names and values find room. All labels of a map have one size.
  let [size, LINE] = [12, 15];
  const ruler = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  const wide = (line) => {
    const key = `${size} ${line}`;
    if (!widths.has(key)) {
      ruler.font = `600 ${size}px ${getComputedStyle(document.body).fontFamily}`;
      widths.set(key, Math.ceil(ruler.measureText(line).width) + 4);
    }
    return widths.get(key);
  };
  const formed = (lines) => ({ lines, width: Math.max(...lines.map(wide)), height: LINE * lines.length });
  // A text in one line, in two and in three, each as narrow as it can be; never parted between a sign and its number.
  const wrapped = (text) => {
    const words = text.split(NUMBERS);
    const cut = (from, count) => (count === 1 ? [[words.slice(from).join(" ")]]
      : [...Array(words.length - from - count + 1).keys()].flatMap((at) => cut(from + at + 1, count - 1).map((lines) => [words.slice(from, from + at + 1).join(" "), ...lines])));
    const narrowest = (all) => all.reduce((best, one) => (Math.max(...one.map(wide)) < Math.max(...best.map(wide)) ? one : best));
    return [1, 2, 3].filter((count) => count <= words.length).map((count) => narrowest(cut(0, count)));
  };
  // The name above its value; where a name has no room the value alone.
  const forms = (name, value) => {
    if (!name) return value ? [formed([value])] : [];
    const named = wrapped(name).map((lines) => formed(value ? [...lines, value] : lines));
    return value ? [...named, formed([value])] : named;
  };
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  const around = ({ x, y }, { width, height }) => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  const within = (a, b) => a[0] >= b[0] && a[1] >= b[1] && a[2] <= b[2] && a[3] <= b[3];
  const gap = (box, { x, y, r }) => Math.hypot(Math.max(box[0] - x, x - box[2], 0), Math.max(box[1] - y, y - box[3], 0)) - r;

  geoservice.placeLabels = (chart) => {
    const { map, labels } = chart;
    labels.clearLayers();
    chart.unprinted = 0;
    if (!chart.labelled) return;
    const corner = map.containerPointToLayerPoint([0, 0]), room = map.getSize();
    const view = [corner.x + 2, corner.y + 2, corner.x + room.x - 2, corner.y + room.y - 2];
    const shown = chart.layers.filter((one) => map.hasLayer(one.group));
    const isSmall = room.x < NARROW;
    [size, LINE] = isSmall ? [10, 12] : [12, 15];
    const marks = shown.filter((one) => one.kind === "points").flatMap((held) => held.items.map((item) => {
      const [{ x, y }, r] = [geoservice.drawnAt(map, item), geoservice.radius(item) + 2];
      return { id: item.feature.properties.id, x, y, r, box: [x - r, y - r, x + r, y + r] };
    }));
    const container = map.getContainer(), frame = container.getBoundingClientRect();
    const taken = [...container.querySelectorAll(".leaflet-control")].map((one) => one.getBoundingClientRect())
      .map((one) => [corner.x + one.left - frame.left, corner.y + one.top - frame.top, corner.x + one.right - frame.left, corner.y + one.bottom - frame.top]);
    // Nothing stands on the head of an arrow, and names do not lie on arrows.
    const arrows = shown.filter((one) => one.id === "flows").flatMap((one) => one.items);
    const edges = shown.filter((one) => one.id === "edges").flatMap((one) => one.items.flatMap((item) => linesOf(map, item)));
    taken.push(...arrows.map((item) => headOf(map, item)));
    const shafts = arrows.flatMap((item) => along(map, item).map(({ x, y }) => [x - 4, y - 4, x + 4, y + 4]));
    const stand = ({ form, place, box }, look) => {
      taken.push(box);
      const label = document.createElement("span");
      label.textContent = form.lines.join("\n");
      if (look.face) {
        label.style.setProperty("--label-halo", look.face);
        label.style.setProperty("--label-ink", geoservice.ink(look.face));
      }
      const names = ["value-label", ...(isSmall ? ["small"] : []), ...(look.isContext ? ["context"] : [])];
      labels.addLayer(L.marker(map.layerPointToLatLng(place), { pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({ className: names.join(" "), html: label, iconSize: [form.width, form.height] }) }));
    };
    // The first place of the fullest form that covers nothing and is nearer to its own mark than to another.
    const choose = (made, placesOf, own, look) => {
      const [mine, others] = [marks.filter((one) => own.includes(one.id)), marks.filter((one) => !own.includes(one.id))];
      const isNearest = (box) => {
        if (!mine.length) return true;
        const near = Math.min(...mine.map((one) => gap(box, one)));
        return others.every((one) => gap(box, one) > near);
      };
      for (const form of made) {
        for (const place of placesOf(form)) {
          const box = around(place, form);
          if (!within(box, view) || taken.some((one) => meet(box, one))) continue;
          if (!look.isFree && (marks.some((one) => meet(box, one.box)) || shafts.some((one) => meet(box, one)))) continue;
          if (isNearest(box) && !edges.some((one) => crosses(box, one))) return stand({ form, place, box }, look);
        }
      }
      if (!look.isContext) chart.unprinted += 1;
    };
    const said = (held, { properties }) => {
      const [name, text] = [properties.short || "", chart.stateOf(held, { properties }).t];
      if (!name || held.frames) return [name, text];
      return [name, held.kind === "polygons" && text.startsWith(properties.name) ? text.slice(properties.name.length).trim() : ""];
    };
    const inShapes = (held) => {
      const sized = held.items.map((item) => ({ item, box: boxOf(map, item) })).sort((a, b) => areaOf(b.box) - areaOf(a.box));
      for (const { item, box } of sized) {
        const [[name, text], { at, markers = [] }] = [said(held, item.feature), item.feature.properties];
        if (!(name || text) || !at || !meet(box, view)) continue;
        if (held.id === "flows") { const way = along(map, item); choose([formed([text])], () => way, [], { isFree: true }); continue; }
        const entry = chart.entry(chart.stateOf(held, item.feature).k);
        const face = entry && entry.mark === "fill" && !entry.hatch && entry.colour.length === 7 ? entry.colour : "";
        const own = marks.filter((one) => markers.includes(one.id) && within([one.x, one.y, one.x, one.y], box)).map((one) => one.id);
        choose(forms(name, text), insideOf(map, item, view, map.latLngToLayerPoint([at[1], at[0]])), own, { face, isContext: !held.frames && held.id === "areas" && !arrows.length });
      }
    };
    const shapes = shown.filter((one) => one.kind === "polygons");
    // What the figure measures first, then schools, then the names around them.
    shapes.filter((one) => one.frames || one.id === "zones").forEach(inShapes);
    for (const held of shown.filter((one) => one.kind === "points")) {
      for (const item of held.items) {
        const [name, value] = said(held, item.feature), [{ x, y }, r] = [geoservice.drawnAt(map, item), geoservice.radius(item)];
        if (!(name || (held.frames && value)) || !within([x, y, x, y], view)) continue;
        const beside = ({ width, height }) => {
          const [off, up] = [r + GAP + width / 2, r + GAP + height / 2];
          const sides = [[off, 0], [-off, 0], [0, -up], [0, up], [off, -up / 2], [off, up / 2], [-off, -up / 2], [-off, up / 2], [width / 3, -up], [-width / 3, -up], [width / 3, up], [-width / 3, up]];
          return sides.map(([right, down]) => L.point(x + right, y + down));
        };
        choose(forms(name, held.frames ? value : ""), beside, [item.feature.properties.id], {});
      }
    }
    shapes.filter((one) => !(one.frames || one.id === "zones")).forEach(inShapes);
  };
  // Places of a shape that is seen, those near its inner point first, at which all of a label lies in it.
  const insideOf = (map, item, view, inner) => {
    const rings = ringsOf(map, item), segments = rings.flatMap((ring) => ring.map((end, at) => [end, ring[(at + 1) % ring.length]]));
    const holds = (x, y) => {
      let odd = false;
      for (const [b, a] of segments) {
        if ((a.y > y) !== (b.y > y) && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
      }
      return odd;
    };
    const whole = segments.reduce((box, [{ x, y }]) => [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)], [Infinity, Infinity, -Infinity, -Infinity]);
    const seen = [Math.max(whole[0], view[0]), Math.max(whole[1], view[1]), Math.min(whole[2], view[2]), Math.min(whole[3], view[3])];
    const far = (place) => Math.hypot(place.x - inner.x, place.y - inner.y);
    return function* ({ width, height }) {
      const [across, down] = [seen[2] - seen[0] - width, seen[3] - seen[1] - height];
      if (across < 0 || down < 0) return;
      const at = (right, below) => L.point(seen[0] + width / 2 + right * across, seen[1] + height / 2 + below * down);
      const grid = FINE.flatMap((right) => FINE.map((below) => at(right, below))).sort((a, b) => far(a) - far(b));
      for (const place of [inner, ...grid]) {
        const box = around(place, { width, height });
        if (holds(place.x, place.y) && !segments.some((one) => crosses(box, one))) yield place;
      }
    };
  };
  // True where a line from end to end touches a box: Liang and Barsky's clipping.
  const crosses = ([left, top, right, bottom], [a, b]) => {
    if (Math.max(a.x, b.x) < left || Math.min(a.x, b.x) > right || Math.max(a.y, b.y) < top || Math.min(a.y, b.y) > bottom) return false;
    let [low, high] = [0, 1];
    for (const [start, step, least, most] of [[a.x, b.x - a.x, left, right], [a.y, b.y - a.y, top, bottom]]) {
      if (!step) continue;
      const ends = [(least - start) / step, (most - start) / step];
      low = Math.max(low, Math.min(...ends));
      high = Math.min(high, Math.max(...ends));
    }
    return low <= high;
  };
  const onMap = (map, places) => places.map(([lon, lat]) => map.latLngToLayerPoint([lat, lon]));
  const ringsOf = (map, item) => {
    const { type, coordinates } = item.feature.geometry;
    return (type === "Polygon" ? [coordinates] : coordinates).flat().map((ring) => onMap(map, ring.slice(0, -1)));
  };
  const linesOf = (map, item) => {
    const { type, coordinates } = item.feature.geometry;
    return (type === "LineString" ? [coordinates] : coordinates).flatMap((line) => {
      const places = onMap(map, line);
      return places.slice(1).map((end, at) => [places[at], end]);
    });
  };
  // Places along the middle of an arrow, whose outline goes up one side, over three points of its head, and back.
  const along = (map, item) => {
    const ring = item.feature.geometry.coordinates[0].slice(0, -1), neck = (ring.length - 3) / 2;
    const middle = (at) => [0, 1].map((one) => (ring[at][one] + ring[ring.length - 1 - at][one]) / 2);
    const half = (neck - 1) / 2;
    return onMap(map, [...Array(neck).keys()].sort((a, b) => Math.abs(a - half) - Math.abs(b - half)).map(middle));
  };
  const headOf = (map, item) => {
    const ring = item.feature.geometry.coordinates[0].slice(0, -1), neck = (ring.length - 3) / 2;
    const ends = onMap(map, ring.slice(neck, neck + 3));
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
