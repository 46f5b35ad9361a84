"use strict";
// Layers: fetched or inside of the page, drawn, restyled as the frame changes.
(() => {
  // Streets come as steps from vertex to vertex and the number of vertices of each line.
  const unpack = (data) => {
    let [x, y, at] = [0, 0, 0];
    return data.counts.map((count) => Array.from({ length: count }, () => {
      x += data.steps[at++];
      y += data.steps[at++];
      return [y / data.scale, x / data.scale];
    }));
  };
  // So do the polygons of a page that holds its data, with the vertices of each ring of each part.
  const unpackPolygon = ({ type, scale, steps, rings }) => {
    let [x, y, at] = [0, 0, 0];
    const ring = (count) => Array.from({ length: count }, () => {
      x += steps[at++];
      y += steps[at++];
      return [x / scale, y / scale];
    });
    const parts = rings.map((counts) => counts.map(ring));
    return { type, coordinates: type === "Polygon" ? parts[0] : parts };
  };
  const unpackFeatures = (data) => {
    for (const feature of data.features || []) {
      if (feature.geometry && feature.geometry.steps) feature.geometry = unpackPolygon(feature.geometry);
    }
    return data;
  };
  const stateOf = (layer, feature, frame) => feature.properties.states[layer.frames ? frame : ""] || { k: "", t: "", l: [] };
  const NARROW = 500;
  // Layers that Folium's control of layers lists: groups that are filled once their data is read.
  geoservice.groups = new Map();
  geoservice.group = (id) => {
    const made = L.layerGroup();
    geoservice.groups.set(id, made);
    return made;
  };
  const PANES = { polygons: 400, streets: 420, lines: 440, points: 460 }, USERS = 450;

  // Leaflet's default marker, from the page instead of from a host.
  geoservice.markerPictures = () => {
    L.Icon.Default.imagePath = "";
    L.Icon.Default.mergeOptions(JSON.parse(document.getElementById("geoservice-marker").textContent));
  };

  // A figure on one Leaflet map: `show(frame)` restyles, `used()` tells the keys that are visible.
  geoservice.Chart = class {
    constructor(map, config) {
      Object.assign(this, { map, config, frame: config.frames[0], layers: [], labels: L.layerGroup(), labelled: config.labels,
        isNarrow: map.getSize().x < NARROW });
      for (const [name, z] of Object.entries(PANES)) {
        map.createPane(name).style.zIndex = z;
        if (name === "streets") map.getPane(name).style.pointerEvents = "none";
      }
      // What a user adds with Folium lies above our shapes and below our schools, and is reached by the pointer.
      if (map.isFolium) map.getPane("overlayPane").style.zIndex = USERS;
      map.createPane("names").style.zIndex = 480;
      map.getPane("names").style.pointerEvents = "none";
      this.streetCanvas = L.canvas({ pane: "streets", padding: 0.3 });
      if (geoservice.basemap) geoservice.outside(map, geoservice.basemap);
      this.labels.addTo(map);
      this.names = geoservice.names(this);
      map.on("zoomend moveend", () => this.placeLabels());
      map.on("resize", () => this.resized());
    }
    // A map that was removed, while its layers were fetched or it moved, has no panes to draw in.
    isGone() { return !this.map.getPane("mapPane"); }
    async load() {
      const all = await Promise.all(this.config.layers.map((layer) => this.fetched(layer)));
      if (this.isGone()) return;
      all.forEach((data, at) => this.add(this.config.layers[at], data));
      this.show(this.frame.id);
    }
    fetched(layer) {
      if (layer.data) return unpackFeatures(layer.data);
      if (layer.kind === "tiles") return null;
      return fetch(layer.url).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("layer"))));
    }
    add(layer, data) {
      const held = { ...layer, items: [], group: null };
      if (layer.kind === "tiles") {
        held.group = geoservice.tiles ? geoservice.tiles(layer) : L.layerGroup();
        held.group.on("load", () => this.names.soon());
      }
      else if (layer.kind === "streets") held.group = this.streets(data);
      else if (layer.kind === "background") held.group = geoservice.ground(this.map, this.config, data);
      else held.group = this.features(held, data);
      this.layers.push(held);
      const outer = geoservice.groups.get(held.id);
      if (outer && this.map.isFolium) {
        outer.names = held.group.names;
        held.group = outer.addLayer(held.group);
        held.on = this.map.hasLayer(outer);
      }
      if (held.on) held.group.addTo(this.map);
    }
    streets(data) {
      const ink = getComputedStyle(document.documentElement).getPropertyValue("--street").trim() || "#888888";
      return L.polyline(unpack(data), { renderer: this.streetCanvas, pane: "streets", color: ink, weight: 0.6, opacity: 0.4, interactive: false, smoothFactor: 1.5 });
    }
    features(held, data) {
      // Arrows lie on streets and water, which lie on coloured areas.
      const pane = held.id === "flows" ? "lines" : held.kind;
      const renderer = held.kind === "points" ? null : L.svg({ pane, padding: 0.4 });
      const shapes = L.geoJSON(data, {
        renderer, pane,
        style: (feature) => this.style(held, feature),
        pointToLayer: (feature, at) => L.marker(at, { pane: "points", keyboard: false, icon: this.icon(held, feature), riseOnHover: true }),
        onEachFeature: (feature, item) => {
          item.shrunk = this.shrunk(held);
          item.lines = () => stateOf(held, feature, this.frame.id).l;
          if (item.lines().length) geoservice.bindCard(item, item.lines);
          held.items.push(item);
        },
      });
      return L.layerGroup([shapes, ...geoservice.outlined(this.map, held, data)]);
    }
    entry(key) {
      const same = (one) => one.key === key;
      return this.frame.legend.find(same) || this.config.legend.find(same);
    }
    style(held, feature) {
      return geoservice.pathStyle(held, this.entry(stateOf(held, feature, this.frame.id).k), feature);
    }
    shrunk(held) { return this.isNarrow ? (held.frames ? 0.7 : 0.85) : 1; }
    // An entry that tells a size, as large as marks of the layer are here.
    sized(entry) {
      const held = this.layers.find((one) => one.kind === "points" && this.isOn(one.id));
      return entry.key.startsWith("seats-") && held ? { ...entry, size: entry.size * this.shrunk(held) } : entry;
    }
    icon(held, feature) {
      const state = stateOf(held, feature, this.frame.id);
      const entry = this.entry(state.k) || { colour: "#ffffff", hatch: "", mark: "point" };
      const radius = geoservice.radius({ feature, shrunk: this.shrunk(held) });
      const size = 2 * radius + 2;
      return L.divIcon({ className: "point", html: geoservice.mark(entry, radius, held.frames ? "" : entry.letter, feature.properties.dashed), iconSize: [size, size], iconAnchor: [size / 2, size / 2] });
    }
    show(id) {
      this.frame = this.config.frames.find((one) => one.id === id) || this.config.frames[0];
      for (const held of this.layers.filter((one) => one.items.length)) {
        if (held.frames) {
          for (const item of held.items) {
            if (item.setIcon) item.setIcon(this.icon(held, item.feature));
            else item.setStyle(this.style(held, item.feature));
          }
        }
        if (this.map.hasLayer(held.group)) this.walkable(held);
      }
      this.placeLabels();
    }
    // The same figure with other classes and another scale of bars: legends, and the keys of what they colour.
    // The answer puts back what was.
    async adopt({ frames, layers, bars_most }) {
      const mine = this.layers.filter((held) => held.frames && held.items.length);
      const found = await Promise.all(mine.map((held) => this.fetched(layers.find((one) => one.id === held.id))));
      const was = { frames: this.config.frames, most: this.config.bars_most, states: mine.map((held) => held.items.map((item) => item.feature.properties.states)) };
      const put = (legends, most, statesOf) => {
        Object.assign(this.config, { frames: legends, bars_most: most });
        mine.forEach((held, at) => held.items.forEach((item, place) => { item.feature.properties.states = statesOf(at, place, item); }));
        this.show(this.frame.id);
      };
      const byId = found.map((data) => new Map(data.features.map((one) => [one.properties.id, one.properties.states])));
      put(frames, bars_most, (at, _, item) => byId[at].get(item.feature.properties.id));
      return () => put(was.frames, was.most, (at, place) => was.states[at][place]);
    }
    walkable(held) {
      const named = held.items.filter((item) => item.lines().length);
      named.sort((a, b) => a.feature.properties.name.localeCompare(b.feature.properties.name));
      geoservice.setWalk(named, this.map);
    }
    // Marks are as large as the map's width asks for: those of two maps side by side are of one scale.
    resized() {
      const isNarrow = this.map.getSize().x < NARROW;
      if (isNarrow === this.isNarrow) return;
      this.isNarrow = isNarrow;
      for (const held of this.layers.filter((one) => one.kind === "points")) {
        for (const item of held.items) {
          item.shrunk = this.shrunk(held);
          item.setIcon(this.icon(held, item.feature));
        }
        if (this.map.hasLayer(held.group)) this.walkable(held);
      }
      this.placeLabels();
    }
    toggle(id, on) {
      const held = this.layers.find((one) => one.id === id);
      if (!held) return;
      if (on) { held.group.addTo(this.map); this.walkable(held); } else held.group.remove();
      this.placeLabels();
    }
    isOn(id) { return this.layers.some((one) => one.id === id && this.map.hasLayer(one.group)); }
    used() {
      const shown = this.layers.filter((one) => this.map.hasLayer(one.group));
      return new Set(shown.flatMap((held) => held.items.map((item) => stateOf(held, item.feature, this.frame.id).k.split("-")[0])));
    }
    places() {
      return this.layers.flatMap((held) => held.items.filter((item) => item.getLatLng).map((item) => ({ name: item.feature.properties.name, item, held })));
    }
    placeLabels() {
      if (this.isGone()) return;
      geoservice.sideBySide(this);
      geoservice.placeLabels(this);
      if (this.placed) this.placed();
      this.names.moved();
    }
    stateOf(held, feature) { return stateOf(held, feature, this.frame.id); }
  };
})();
