"use strict";
// Names of streets, water, parks and places: drawn above all lines in whole pixels of the screen, never scaled.
(() => {
  const STREETS_FROM = 14;  // Zoom of tiles; at less the names of streets would lie on the figure's own values.
  const PLACES_FROM = 13;  // Parks, and places above coloured areas, whose values come first.
  const [APART, PADDING, TALL] = [320, 4, 14];
  const FONTS = { street: "500 11px", major: "600 12px", places: "500 12px", water: "italic 500 12px", parks: "400 11px" };
  const INKS = { "#000000": "#1d2730", "#ffffff": "#f2f5f7" };

  // The longest nearly straight run of a line of places on the screen, as its two ends.
  const straight = (line) => {
    let best = null, from = 0;
    const heading = (at) => Math.atan2(line[at + 1][1] - line[at][1], line[at + 1][0] - line[at][0]);
    for (let at = 1; at < line.length; at += 1) {
      const turns = at === line.length - 1 || Math.abs(Math.sin(heading(at) - heading(from))) > 0.12;
      if (!turns) continue;
      const [x1, y1] = line[from], [x2, y2] = line[at], length = Math.hypot(x2 - x1, y2 - y1);
      if (!best || length > best.length) best = { x1, y1, x2, y2, length };
      from = at;
    }
    return best;
  };

  // The part of a run that is on the screen; names stand in the middle of what is seen.
  const seen = ({ x1, y1, x2, y2 }, size) => {
    let [low, high] = [0, 1];
    for (const [start, step, most] of [[x1, x2 - x1, size.x], [y1, y2 - y1, size.y]]) {
      if (!step) { if (start < 0 || start > most) return null; continue; }
      const [a, b] = [-start / step, (most - start) / step];
      low = Math.max(low, Math.min(a, b));
      high = Math.min(high, Math.max(a, b));
    }
    if (low >= high) return null;
    const point = (part) => [x1 + part * (x2 - x1), y1 + part * (y2 - y1)];
    const [[ax, ay], [bx, by]] = [point(low), point(high)];
    return { x1: ax, y1: ay, x2: bx, y2: by, length: Math.hypot(bx - ax, by - ay) };
  };

  const around = (x, y, wide, tall, angle) => {
    const [c, s] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
    const reachX = (c * wide + s * tall) / 2, reachY = (s * wide + c * tall) / 2;
    return [x - reachX, y - reachY, x + reachX, y + reachY];
  };
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  // The longest straight run of each named street of a tile, in pixels of the tile's zoom; found once for all views.
  geoservice.runsOf = (at, { features, extent }) => {
    const [side, clamp] = [256 / extent, (units) => Math.min(Math.max(units, 0), extent)];
    if (at.z < STREETS_FROM) return [];
    return features.filter(({ properties }) => properties.name).flatMap(({ properties, parts }) => parts.flatMap((part) => {
      const run = straight(part.map(([x, y]) => [at.x * 256 + clamp(x) * side, at.y * 256 + clamp(y) * side]));
      return run ? [{ ...run, name: properties.name, rank: properties.class }] : [];
    }));
  };
  // Streets that are seen, longest runs of large streets first.
  const streetsOf = (tiles, map, corner) => {
    const zoom = tiles._tileZoom, scale = map.getZoomScale(map.getZoom(), zoom), size = map.getSize(), shown = [];
    for (const { z, runs } of tiles.named.values()) {
      if (z !== zoom) continue;
      for (const run of runs) {
        const part = seen({ x1: run.x1 * scale - corner.x, y1: run.y1 * scale - corner.y, x2: run.x2 * scale - corner.x, y2: run.y2 * scale - corner.y }, size);
        if (part) shown.push({ ...part, name: run.name, rank: run.rank });
      }
    }
    return shown.sort((a, b) => b.rank - a.rank || b.length - a.length);
  };

  // A place inside of a shape that is seen: its own, else the bend of its edge nearest to the middle of the screen.
  const placeOf = (map, feature, size) => {
    const { geometry, properties } = feature;
    const onScreen = ([lon, lat]) => map.latLngToContainerPoint([lat, lon]);
    const isSeen = ({ x, y }) => x > 0 && y > 0 && x < size.x && y < size.y;
    const own = properties.at || (geometry.type === "Point" ? geometry.coordinates : null);
    if (own && isSeen(onScreen(own))) return onScreen(own);
    if (geometry.type === "Point") return null;
    const far = ({ x, y }) => Math.hypot(x - size.x / 2, y - size.y / 2);
    const bends = geometry.coordinates.flat(Infinity), places = [];
    for (let at = 0; at < bends.length; at += 2) places.push(onScreen([bends[at], bends[at + 1]]));
    return places.filter(isSeen).sort((a, b) => far(a) - far(b))[0] || null;
  };

  // The colour of the area at a place, where the figure fills areas.
  const fillAt = (chart, latlng) => {
    const holds = (rings) => {
      let odd = false;
      for (const ring of rings) {
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
          const [a, b] = [ring[i], ring[j]];
          if ((a.lat > latlng.lat) !== (b.lat > latlng.lat) && latlng.lng < ((b.lng - a.lng) * (latlng.lat - a.lat)) / (b.lat - a.lat) + a.lng) odd = !odd;
        }
      }
      return odd;
    };
    const rings = (latlngs) => (latlngs[0] && latlngs[0].lat === undefined ? latlngs.flatMap(rings) : [latlngs]);
    for (const held of chart.layers.filter((one) => one.kind === "polygons" && chart.map.hasLayer(one.group))) {
      for (const item of held.items) {
        if (!item.getBounds().contains(latlng) || !holds(rings(item.getLatLngs()))) continue;
        const entry = chart.entry(chart.stateOf(held, item.feature).k);
        if (entry && entry.mark !== "line") return entry.hatch || entry.colour.length > 7 ? "" : entry.colour;
      }
    }
    return "";
  };

  geoservice.names = (chart) => {
    const { map } = chart, canvas = document.createElement("canvas"), pane = map.createPane("ground-names");
    Object.assign(pane.style, { zIndex: 470, pointerEvents: "none" });
    canvas.className = "ground-names";
    pane.append(canvas);
    let waiting = 0;
    const widths = new Map();
    const wideOf = (pen, name) => {
      const key = `${pen.font} ${name}`;
      if (!widths.has(key)) widths.set(key, pen.measureText(name).width);
      return widths.get(key);
    };
    const look = (name, fallback) => getComputedStyle(map.getContainer()).getPropertyValue(`--${name}`).trim() || fallback;
    const redraw = () => {
      if (chart.isGone()) return;
      const size = map.getSize(), ratio = window.devicePixelRatio || 1, corner = map.getPixelBounds().min;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      Object.assign(canvas, { width: Math.round(size.x * ratio), height: Math.round(size.y * ratio) });
      Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px`, visibility: "visible" });
      const pen = canvas.getContext("2d"), family = getComputedStyle(document.body).fontFamily;
      pen.scale(ratio, ratio);
      Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 3 });
      const plain = { ink: look("tile-label", "#39444e"), halo: look("tile-halo", "#ffffff"), water: look("water-name", "#2d6587"), places: look("place-name", "#3b4650") };
      const frame = map.getContainer().getBoundingClientRect();
      const taken = [...map.getContainer().querySelectorAll(".value-label span, .point, .leaflet-control")].map((one) => one.getBoundingClientRect())
        .map((one) => [one.left - frame.left, one.top - frame.top, one.right - frame.left, one.bottom - frame.top]);
      const written = new Map(), whole = (pixels) => Math.round(pixels * ratio) / ratio;
      const write = (name, x, y, angle, kind) => {
        pen.font = `${FONTS[kind]} ${family}`;
        const wide = wideOf(pen, name), box = around(x, y, wide + PADDING, TALL, angle);
        if (box[0] < 0 || box[1] < 0 || box[2] > size.x || box[3] > size.y || taken.some((one) => meet(one, box))) return;
        const others = written.get(name) || [];
        if (others.some((one) => Math.hypot(one.x - x, one.y - y) < APART)) return;
        written.set(name, [...others, { x, y }]);
        taken.push(box);
        const fill = kind === "water" ? "" : fillAt(chart, map.containerPointToLatLng([x, y]));
        pen.fillStyle = fill ? INKS[geoservice.ink(fill)] : plain[kind] || plain.ink;
        pen.strokeStyle = kind === "water" ? look("water", "#b9d6e8") : fill || plain.halo;
        pen.save();
        pen.translate(whole(x), whole(y));
        pen.rotate(angle);
        pen.strokeText(name, 0, 0);
        pen.fillText(name, 0, 0);
        pen.restore();
      };
      const isCovered = chart.layers.some((one) => one.frames && one.kind === "polygons" && map.hasLayer(one.group));
      for (const held of chart.layers.filter((one) => one.kind === "background" && map.hasLayer(one.group))) {
        for (const kind of ["places", "water", "parks"]) {
          if ((kind === "parks" || (isCovered && kind === "places")) && map.getZoom() < PLACES_FROM) continue;
          for (const one of held.group.names.filter((named) => named.kind === kind)) {
            const place = placeOf(map, one.feature, size);
            if (place) write(one.name, place.x, place.y, 0, kind);
          }
        }
      }
      for (const held of chart.layers.filter((one) => one.kind === "tiles" && one.group.named && map.hasLayer(one.group))) {
        for (const run of streetsOf(held.group, map, corner)) {
          pen.font = `${FONTS[run.rank === 2 ? "major" : "street"]} ${family}`;
          if (run.length < wideOf(pen, run.name) + 8) continue;
          let angle = Math.atan2(run.y2 - run.y1, run.x2 - run.x1);
          if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
          write(run.name, (run.x1 + run.x2) / 2, (run.y1 + run.y2) / 2, angle, run.rank === 2 ? "major" : "street");
        }
      }
    };
    map.on("zoomstart", () => { canvas.style.visibility = "hidden"; });
    // Tiles that are on their way bring names: these are drawn once, when all have come.
    const moved = () => {
      const isAwaiting = chart.layers.some((one) => one.kind === "tiles" && one.group._loading && map.hasLayer(one.group));
      if (!isAwaiting) redraw();
    };
    const soon = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(redraw); };
    return { moved, soon };
  };
})();
