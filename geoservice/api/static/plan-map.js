// The map of a plan: blocks to click, to lasso, and to reach with the arrow keys.
import { NO_SCHOOL } from "./plan-numbers.js";
import { planLasso } from "./plan-lasso.js";

export const FILLS = ["#a6cee3", "#fdbf6f", "#b2df8a", "#fb9a99", "#cab2d6", "#ffff99", "#d9b38c", "#a8ddd0"];
const NO_FILL = "#e4e4e4", LINE = "#5b6670", CHOSEN = "#08306b";
const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

const node = (name, attributes, ...children) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

// Blocks that move are hatched in the colour of their new school.
const hatches = () => {
  if (document.getElementById("plan-hatches")) return;
  const patterns = FILLS.map((fill, number) =>
    node("pattern", { id: `plan-hatch-${number}`, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      node("rect", { width: 7, height: 7, fill }), node("rect", { width: 2.2, height: 7, fill: "#1d2730" })));
  document.body.append(node("svg", { id: "plan-hatches", width: 0, height: 0, "aria-hidden": "true", class: "quiet" }, node("defs", {}, ...patterns)));
};

// Water, parks and railways lie on the blocks; they show where a family cannot cross.
const GROUND = {
  water: { color: "#5f9dbd", weight: 1.5, fillColor: "#a9cfe4", fillOpacity: 0.9 },
  parks: { color: "#6f9a63", weight: 1, fillColor: "#c5ddb9", fillOpacity: 0.45 },
  railways: { color: "#4d555c", weight: 2, dashArray: "8 4" },
};
const drawGround = (map, background, renderer) => {
  for (const { kind, shape } of background) {
    const isArea = shape.type.endsWith("Polygon");
    L.geoJSON(shape, { renderer, interactive: false, style: { ...GROUND[kind], fill: isArea } }).addTo(map);
  }
};

/** `on` has `pick(block)`, `lasso(blocks)`, `reach(block)` and `school(school)`. */
export const planMap = (box, plan, on) => {
  hatches();
  const { ground } = plan, { blocks, schools } = ground;
  const map = L.map(box, { attributionControl: false, keyboard: false, zoomSnap: 0.25, doubleClickZoom: false });
  box.setAttribute("tabindex", "0");
  // Layers of their own: what lies above is never drawn anew where a block changes.
  const above = (name, order) => {
    map.createPane(name).style.zIndex = order;
    return L.svg({ pane: name });
  };
  let chosen = NO_SCHOOL, current = -1;

  const extent = L.geoJSON(blocks.flatMap(({ shape }) => shape ?? [])).getBounds();
  const fit = () => {
    map.invalidateSize();
    if (extent.isValid()) map.fitBounds(extent, { padding: [10, 10], animate: false });
    else map.setView([0, 0], 1);
  };
  fit(); // Shapes are drawn on a map that has a view.
  const edgePane = above("plan-edges", 410), framePane = above("plan-frame", 420), schoolPane = above("plan-schools", 430);

  const style = (block) => {
    const school = plan.schoolOf(block);
    const number = school === NO_SCHOOL ? -1 : schools[school].colour;
    const isChosen = school !== NO_SCHOOL && school === chosen;
    const fill = number < 0 ? NO_FILL : plan.isMoved(block) ? `url(#plan-hatch-${number})` : FILLS[number];
    return { color: isChosen ? CHOSEN : LINE, weight: isChosen ? 2.5 : 1, fillColor: fill, fillOpacity: 1 };
  };

  const shapes = blocks.map((block, place) => {
    if (!block.shape) return null;
    const shape = L.geoJSON(block.shape, { style: style(place) });
    shape.on("click", () => { reach(place); on.pick(place); });
    shape.bindTooltip(() => on.told(place), { sticky: true });
    return shape.addTo(map);
  });
  drawGround(map, ground.background, above("plan-ground", 405));
  L.geoJSON(ground.edges, { renderer: edgePane, interactive: false, style: { color: "#1d2730", weight: 3, fill: false, opacity: 0.85 } }).addTo(map);
  const marks = schools.map((school, place) => {
    if (!school.is_offered || school.lon === null) return null;
    const mark = L.circleMarker([school.lat, school.lon], { renderer: schoolPane, radius: 8, color: "#1d2730", weight: 2, fillColor: "#ffffff", fillOpacity: 1, bubblingMouseEvents: false });
    mark.bindTooltip(school.name).on("click", () => on.school(place));
    return mark.addTo(map);
  });
  const frame = L.polygon([], { renderer: framePane, interactive: false, color: "#d7301f", weight: 4, fill: false, dashArray: "7 5" }).addTo(map);

  const draw = (places) => {
    for (const place of places) shapes[place]?.setStyle(style(place));
  };

  /** Make a block the one that the keyboard works on. */
  const reach = (place) => {
    current = place;
    const { shape } = blocks[place];
    frame.setLatLngs(shape ? L.GeoJSON.coordsToLatLngs(shape.coordinates, shape.type === "MultiPolygon" ? 2 : 1) : []);
    on.reach(place);
  };

  // The nearest block in the direction of an arrow; what lies aside counts twice.
  const next = ([right, down]) => {
    const here = current < 0 ? map.getSize().divideBy(2) : point(current);
    let best = -1, least = Infinity;
    blocks.forEach((block, place) => {
      if (place === current || block.lon === null) return;
      const there = point(place).subtract(here);
      const ahead = there.x * right + there.y * down, aside = Math.abs(there.x * down) + Math.abs(there.y * right);
      if (current >= 0 && (ahead <= 0 || aside > 2 * ahead)) return;
      const cost = current < 0 ? Math.hypot(there.x, there.y) : ahead + 2 * aside;
      if (cost < least) [best, least] = [place, cost];
    });
    return best;
  };
  const point = (place) => map.latLngToContainerPoint([blocks[place].lat, blocks[place].lon]);

  box.addEventListener("keydown", (event) => {
    if (event.target !== box || event.ctrlKey || event.metaKey) return;
    if (event.key in ARROWS) {
      const place = next(ARROWS[event.key]);
      if (place >= 0) {
        reach(place);
        map.panInside([blocks[place].lat, blocks[place].lon], { padding: [60, 60], animate: false });
      }
    } else if ((event.key === " " || event.key === "Enter") && current >= 0) on.pick(current);
    else if (event.key === "+" || event.key === "=") map.zoomIn();
    else if (event.key === "-") map.zoomOut();
    else return;
    event.preventDefault();
  });

  const lasso = planLasso(map, (ring) => {
    const inside = (block) => block.lon !== null && ring.holds(map.latLngToContainerPoint([block.lat, block.lon]));
    on.lasso(blocks.flatMap((block, place) => (inside(block) ? [place] : [])));
  });

  return {
    draw, fit, reach, lasso,
    /** Where a block stands in the map's box, pixels. */
    place: point,
    /** Show which school blocks go to. */
    choose: (school) => {
      const before = chosen;
      chosen = school;
      draw(blocks.flatMap((_, place) => ([before, school].includes(plan.schoolOf(place)) ? [place] : [])));
      marks.forEach((mark, place) => mark?.setStyle({ fillColor: place === school ? CHOSEN : "#ffffff" }));
    },
    remove: () => map.remove(),
  };
};
