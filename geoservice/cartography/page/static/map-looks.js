"use strict";
// Looks: what each legend key looks like on the map and in the legend.
const geoservice = {};
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const node = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  // One pattern per kind of non-value, so that none looks like another or like a number.
  const PATTERNS = {
    suppressed: () => [node("path", { d: "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", class: "hatch-line" })],
    no_data: () => [node("circle", { cx: 2, cy: 2, r: 1, class: "hatch-dot" }), node("circle", { cx: 6, cy: 6, r: 1, class: "hatch-dot" })],
    not_applicable: () => [node("path", { d: "M0,0 l8,8 M8,0 l-8,8", class: "hatch-thin" })],
    moved: () => [node("path", { d: "M0,2 h8 M0,6 h8", class: "hatch-strong" })],
    zero: () => [node("path", { d: "M0,4 h8", class: "hatch-line" })],
  };
  geoservice.addPatterns = () => {
    if (document.getElementById("hatches")) return;
    const defs = node("defs", {});
    for (const [name, draw] of Object.entries(PATTERNS)) {
      defs.append(node("pattern", { id: `hatch-${name}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
        node("rect", { width: 8, height: 8, class: "hatch-ground" }), ...draw()));
    }
    document.body.append(node("svg", { id: "hatches", width: 0, height: 0, "aria-hidden": "true", focusable: "false" }, defs));
  };
  // Of a bound: thin lines over the color of its class.
  const BOUNDS = { at_least: "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", at_most: "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4" };
  const isQuiet = (entry) => entry.hatch && !BOUNDS[entry.hatch];
  const boundFill = (entry) => {
    const id = `hatch-${entry.hatch}-${entry.colour.slice(1)}`;
    if (!document.getElementById(id)) {
      document.querySelector("#hatches defs").append(node("pattern", { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
        node("rect", { width: 8, height: 8, fill: entry.colour }),
        node("path", { d: BOUNDS[entry.hatch], stroke: geoservice.ink(entry.colour), "stroke-width": 0.8, "stroke-opacity": 0.45 })));
    }
    return `url(#${id})`;
  };
  const fill = (entry) => (BOUNDS[entry.hatch] ? boundFill(entry) : entry.hatch ? `url(#hatch-${entry.hatch})` : entry.colour);
  // Black or white, whichever reads better on a colour.
  geoservice.ink = (colour) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
  };
  const isTint = (entry) => entry.colour.length > 7;  // With an alpha: the map shines through.
  // Of a filled shape: light between dark shapes, dark between light ones, whatever the theme.
  const edge = (entry) => (isQuiet(entry) || isTint(entry) ? "var(--outline)" : geoservice.ink(entry.colour) === "#ffffff" ? "#ffffff" : "#2b343d");
  // What is seen of an outline lies above the streets: this path is what cards and keys belong to.
  const OUTLINE = { className: "outline", weight: 2.7, fillOpacity: 0 };
  geoservice.pathStyle = (layer, entry, feature) => {
    if (layer.kind === "lines") {
      const line = { color: entry ? entry.colour : "#d4006a", weight: feature.properties.size || 3, opacity: 1, fillOpacity: 0, className: entry && entry.key === "chosen" ? "chosen" : "edge" };
      if (entry && entry.hatch) line.dashArray = "3 5";
      return line;
    }
    if (!entry || entry.mark === "line") return OUTLINE;
    return { className: "unit", weight: 1.2, color: layer.id === "flows" ? "var(--outline)" : edge(entry), fillColor: fill(entry), fillOpacity: 1 };
  };
  const star = (size) => {
    const ends = [...Array(10).keys()].map((at) => {
      const [r, turn] = [at % 2 ? size * 0.42 : size, (Math.PI * at) / 5 - Math.PI / 2];
      return `${(size + r * Math.cos(turn)).toFixed(1)},${(size + r * Math.sin(turn)).toFixed(1)}`;
    });
    return node("polygon", { points: ends.join(" "), class: "mark" });
  };
  const square = (middle, r, turn) => node("rect", { x: middle - r, y: middle - r, width: 2 * r, height: 2 * r, transform: `rotate(${turn} ${middle} ${middle})` });
  // A point's drawing: a circle, square or diamond with its letter, or a star.
  geoservice.mark = (entry, radius, letter, isDashed) => {
    const size = Math.max(radius, 4);
    const box = node("svg", { width: 2 * size + 2, height: 2 * size + 2, viewBox: `-1 -1 ${2 * size + 2} ${2 * size + 2}`, "aria-hidden": "true", focusable: "false" });
    const shapes = { star: () => star(size), square: (r) => square(size, r * 0.88, 0), diamond: (r) => square(size, r * 0.95, 45) };
    const drawn = shapes[entry.mark] || ((r) => node("circle", { cx: size, cy: size, r }));
    if (entry.mark !== "star") {
      const halo = drawn(size + 1.2);
      halo.setAttribute("class", "mark-halo");
      box.append(halo);
    }
    const shape = drawn(size);
    if (entry.mark !== "star") shape.setAttribute("class", "mark");
    shape.setAttribute("fill", fill(entry));
    if (isDashed) shape.setAttribute("stroke-dasharray", "2.5 2");
    box.append(shape);
    if (letter && size >= 4.5 && entry.mark !== "star") {
      const text = node("text", { x: size, y: size, class: "mark-letter", "font-size": Math.min(12, size * 1.25), fill: isQuiet(entry) ? "var(--ink)" : geoservice.ink(entry.colour) });
      text.textContent = letter;
      box.append(text);
    }
    return box;
  };
  geoservice.swatch = (entry) => {
    if (["point", "square", "diamond", "star"].includes(entry.mark)) return geoservice.mark(entry, entry.mark === "point" && entry.size ? entry.size : 8, entry.letter);
    const box = node("svg", { width: 26, height: 17, "aria-hidden": "true", focusable: "false" });
    if (entry.mark === "line") {
      box.append(node("line", { x1: 1, y1: 8.5, x2: 25, y2: 8.5, stroke: entry.key === "outline" ? "var(--outline)" : entry.colour, "stroke-width": entry.size || 3, "stroke-dasharray": entry.hatch ? "3 5" : "" }));
    } else {
      box.append(node("rect", { x: 0.5, y: 0.5, width: 25, height: 16, fill: fill(entry), class: "swatch" }));
    }
    return box;
  };
})();
