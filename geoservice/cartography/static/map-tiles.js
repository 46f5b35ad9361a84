"use strict";
// Vector tiles of the region's own streets: a small reader of MVT and a Leaflet layer that draws it.
// geoservice.tiles({ url }) gives a L.GridLayer; colours come from --tile-* of the map's element.
(() => {
  const LINE = 2, POLYGON = 3;
  const NAMED_FROM = 14;  // At less the names of streets would lie on the figure's own values.
  const text = new TextDecoder();

  // A protocol buffer as [field, value] pairs: numbers, or views of bytes.
  const fields = function* (bytes) {
    let at = 0;
    const varint = () => {
      let value = 0, scale = 1, byte;
      do { byte = bytes[at++]; value += (byte & 0x7f) * scale; scale *= 128; } while (byte & 0x80);
      return value;
    };
    while (at < bytes.length) {
      const key = varint();
      if ((key & 7) === 0) yield [key >> 3, varint()];
      else if ((key & 7) === 2) { const size = varint(); yield [key >> 3, bytes.subarray(at, at += size)]; }
      else at += (key & 7) === 1 ? 8 : 4;
    }
  };
  const numbers = (bytes) => {
    const found = [];
    for (let at = 0; at < bytes.length;) {
      let value = 0, shift = 0, byte;
      do { byte = bytes[at++]; value |= (byte & 0x7f) << shift; shift += 7; } while (byte & 0x80);
      found.push(value >>> 0);
    }
    return found;
  };
  const value = (bytes) => {
    for (const [field, found] of fields(bytes)) return field === 1 ? text.decode(found) : found;
    return null;
  };

  // Parts of a geometry as lists of points in tile units.
  const parts = (bytes) => {
    const stream = numbers(bytes), found = [];
    let x = 0, y = 0, part = [];
    for (let at = 0; at < stream.length;) {
      const command = stream[at] & 7, count = stream[at++] >> 3;
      if (command === 7) { part.push(part[0]); continue; }
      for (let n = 0; n < count; n += 1) {
        const dx = stream[at++], dy = stream[at++];
        x += (dx >> 1) ^ -(dx & 1);
        y += (dy >> 1) ^ -(dy & 1);
        if (command === 1) found.push(part = []);
        part.push([x, y]);
      }
    }
    return found;
  };

  const layer = (bytes) => {
    const found = { name: "", extent: 4096, features: [] }, raw = [], keys = [], values = [];
    for (const [field, content] of fields(bytes)) {
      if (field === 1) found.name = text.decode(content);
      else if (field === 2) raw.push(content);
      else if (field === 3) keys.push(text.decode(content));
      else if (field === 4) values.push(value(content));
      else if (field === 5) found.extent = content;
    }
    for (const content of raw) {
      const feature = { kind: 0, properties: {}, parts: [] };
      for (const [field, inner] of fields(content)) {
        if (field === 2) {
          const tags = numbers(inner);
          for (let at = 0; at < tags.length; at += 2) feature.properties[keys[tags[at]]] = values[tags[at + 1]];
        } else if (field === 3) feature.kind = inner;
        else if (field === 4) feature.parts = parts(inner);
      }
      found.features.push(feature);
    }
    return found;
  };

  const decode = (bytes) => {
    const layers = [];
    for (const [field, content] of fields(bytes)) if (field === 3) layers.push(layer(content));
    return layers;
  };

  const LOOKS = { street: "#b9c2ca", middle: "#9aa7b2", major: "#7d8b97", zone: "#5b6b7a", label: "#39444e", halo: "#ffffff" };
  const looks = (element) => {
    const style = getComputedStyle(element);
    return Object.fromEntries(Object.entries(LOOKS).map(([name, fallback]) =>
      [name, style.getPropertyValue(`--tile-${name}`).trim() || fallback]));
  };

  const trace = (pen, feature, scale) => {
    pen.beginPath();
    for (const part of feature.parts) part.forEach(([x, y], at) => pen[at ? "lineTo" : "moveTo"](x * scale, y * scale));
  };

  // The longest nearly straight run of a line, as its two ends.
  const straight = (part, scale) => {
    let best = null, from = 0;
    const heading = (at) => Math.atan2(part[at + 1][1] - part[at][1], part[at + 1][0] - part[at][0]);
    for (let at = 1; at <= part.length - 1; at += 1) {
      const turns = at === part.length - 1 || Math.abs(Math.sin(heading(at) - heading(from))) > 0.12;
      if (!turns) continue;
      const [x1, y1] = part[from].map((one) => one * scale), [x2, y2] = part[at].map((one) => one * scale);
      const length = Math.hypot(x2 - x1, y2 - y1);
      if (!best || length > best.length) best = { x1, y1, x2, y2, length };
      from = at;
    }
    return best;
  };

  const label = (pen, words, run, size, taken) => {
    const wide = pen.measureText(words).width;
    if (!run || run.length < wide + 8) return;
    const x = (run.x1 + run.x2) / 2, y = (run.y1 + run.y2) / 2;
    let angle = Math.atan2(run.y2 - run.y1, run.x2 - run.x1);
    if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
    const reachX = (Math.abs(Math.cos(angle)) * wide + Math.abs(Math.sin(angle)) * 14) / 2 + 2;
    const reachY = (Math.abs(Math.sin(angle)) * wide + Math.abs(Math.cos(angle)) * 14) / 2 + 2;
    const box = [x - reachX, y - reachY, x + reachX, y + reachY];
    if (box[0] < 0 || box[1] < 0 || box[2] > size || box[3] > size) return;
    if (taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1])) return;
    taken.push(box);
    pen.save();
    pen.translate(x, y);
    pen.rotate(angle);
    pen.strokeText(words, 0, 0);
    pen.fillText(words, 0, 0);
    pen.restore();
  };

  const drawStreets = (pen, found, zoom, size, look) => {
    const scale = size / found.extent, grow = Math.max(0, zoom - 12);
    const order = [...found.features].sort((a, b) => a.properties.class - b.properties.class);
    for (const feature of order) {
      pen.lineWidth = [0.5, 0.9, 1.5][feature.properties.class] * (1 + grow * 0.35);
      pen.strokeStyle = [look.street, look.middle, look.major][feature.properties.class];
      trace(pen, feature, scale);
      pen.stroke();
    }
    if (zoom < NAMED_FROM) return;
    pen.font = "500 11px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 3;
    pen.strokeStyle = look.halo;
    pen.fillStyle = look.label;
    const taken = [];
    for (const feature of order.reverse()) {
      if (!feature.properties.name) continue;
      const runs = feature.parts.map((part) => straight(part.map(([x, y]) => [
        Math.min(Math.max(x, 0), found.extent), Math.min(Math.max(y, 0), found.extent)]), scale)).filter(Boolean);
      runs.sort((a, b) => b.length - a.length);
      label(pen, feature.properties.name, runs[0], size, taken);
    }
  };

  const drawShapes = (pen, found, size, look) => {
    pen.lineWidth = 1.2;
    pen.strokeStyle = look.zone;
    pen.setLineDash([5, 3]);
    for (const feature of found.features) { trace(pen, feature, size / found.extent); pen.stroke(); }
    pen.setLineDash([]);
  };

  const draw = (canvas, bytes, zoom, size, look) => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(size * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.lineJoin = pen.lineCap = "round";
    for (const found of decode(bytes)) {
      if (found.features[0]?.kind === LINE) drawStreets(pen, found, zoom, size, look);
      else if (found.features[0]?.kind === POLYGON) drawShapes(pen, found, size, look);
    }
  };

  const Tiles = L.GridLayer.extend({
    createTile(at, done) {
      const canvas = document.createElement("canvas"), size = this.getTileSize().x;
      const url = L.Util.template(this.options.url, at);
      fetch(url).then((answer) => {
        if (!answer.ok) throw new Error(`tile: status ${answer.status}`);
        return answer.arrayBuffer();
      }).then((bytes) => {
        draw(canvas, new Uint8Array(bytes), at.z, size, looks(this._map ? this._map.getContainer() : document.body));
        done(null, canvas);
      }).catch((fault) => done(fault, canvas));
      return canvas;
    },
  });

  // Streets lie on the figure's colours, so that of a whole region they are faint, and plain near by.
  const faint = (zoom) => Math.min(1, Math.max(0.3, (zoom - 10) * 0.2));
  geoservice.tiles = (layer) => {
    const tiles = new Tiles({ url: layer.url, pane: "streets", maxZoom: 18, updateWhenZooming: false });
    const fade = ({ target: map }) => tiles.setOpacity(faint(map.getZoom()));
    tiles.on("add", () => { fade({ target: tiles._map }); tiles._map.on("zoomend", fade); });
    tiles.on("remove", () => tiles._map.off("zoomend", fade));
    return tiles;
  };
  geoservice.decodeTile = decode;
})();
