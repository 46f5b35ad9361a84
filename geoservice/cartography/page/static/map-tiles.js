"use strict";
// Vector tiles of the region's own streets: a small reader of MVT and a Leaflet layer that draws it.
// geoservice.tiles({ url }) gives a L.GridLayer; colours come from --tile-* of the map's element.
(() => {
  const LINE = 2, POLYGON = 3;
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

  const LOOKS = { street: "#b9c2ca", middle: "#9aa7b2", major: "#7d8b97", zone: "#5b6b7a" };
  const looks = (element) => {
    const style = getComputedStyle(element);
    return Object.fromEntries(Object.entries(LOOKS).map(([name, fallback]) =>
      [name, style.getPropertyValue(`--tile-${name}`).trim() || fallback]));
  };

  const trace = (pen, feature, scale) => {
    pen.beginPath();
    for (const part of feature.parts) part.forEach(([x, y], at) => pen[at ? "lineTo" : "moveTo"](x * scale, y * scale));
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
    const layers = decode(bytes);
    for (const found of layers) {
      if (found.features[0]?.kind === LINE) drawStreets(pen, found, zoom, size, look);
      else if (found.features[0]?.kind === POLYGON) drawShapes(pen, found, size, look);
    }
    return layers;
  };

  const Tiles = L.GridLayer.extend({
    createTile(at, done) {
      const canvas = document.createElement("canvas"), size = this.getTileSize().x;
      const url = L.Util.template(this.options.url, at);
      fetch(url).then((answer) => {
        if (!answer.ok) throw new Error(`tile: status ${answer.status}`);
        return answer.arrayBuffer();
      }).then((bytes) => {
        const layers = draw(canvas, new Uint8Array(bytes), at.z, size, looks(this._map ? this._map.getContainer() : document.body));
        const streets = layers.find((one) => one.name === "streets");
        // Names are no part of a tile, which is scaled between whole zooms: map-names.js writes them.
        if (streets) this.named.set(this._tileCoordsToKey(at), { z: at.z, runs: geoservice.runsOf(at, streets) });
        done(null, canvas);
      }).catch((fault) => done(fault, canvas));
      return canvas;
    },
  });

  // Streets lie on the figure's colours, so that of a whole region they are faint, and plain near by.
  const faint = (zoom) => Math.min(1, Math.max(0.3, (zoom - 10) * 0.2));
  geoservice.tiles = (layer) => {
    const tiles = new Tiles({ url: layer.url, pane: "streets", maxZoom: 18, updateWhenZooming: false });
    tiles.named = new Map();
    tiles.on("tileunload", ({ coords }) => tiles.named.delete(tiles._tileCoordsToKey(coords)));
    const fade = ({ target: map }) => tiles.setOpacity(faint(map.getZoom()));
    tiles.on("add", () => { fade({ target: tiles._map }); tiles._map.on("zoomend", fade); });
    tiles.on("remove", () => tiles._map.off("zoomend", fade));
    return tiles;
  };
  geoservice.decodeTile = decode;
})();
