// A line drawn around blocks with mouse, pen or finger.

// True where a ring of points holds a point: a ray to the right crosses it an odd number of times.
const holds = (ring, { x, y }) => {
  let inside = false;
  ring.forEach((corner, place) => {
    const before = ring[(place || ring.length) - 1];
    if ((corner.y > y) !== (before.y > y) && x < ((before.x - corner.x) * (y - corner.y)) / (before.y - corner.y) + corner.x) inside = !inside;
  });
  return inside;
};

/** `done` gets what was drawn: an object with `holds(point)`. */
export const planLasso = (map, done) => {
  const box = map.getContainer();
  const line = L.polyline([], { interactive: false, color: "#d7301f", weight: 3 });
  let isOn = false, ring = null;

  const at = (event) => map.mouseEventToContainerPoint(event);
  const stop = (event) => {
    if (!isOn || event.target.closest?.(".leaflet-control")) return false;
    event.stopPropagation();
    event.preventDefault();
    return true;
  };
  box.addEventListener("pointerdown", (event) => {
    if (!stop(event) || event.button !== 0) return;
    box.setPointerCapture(event.pointerId);
    ring = [at(event)];
    line.setLatLngs([map.containerPointToLatLng(ring[0])]).addTo(map);
  }, true);
  box.addEventListener("pointermove", (event) => {
    if (!ring || !stop(event)) return;
    ring.push(at(event));
    line.addLatLng(map.containerPointToLatLng(ring.at(-1)));
  }, true);
  const end = (event) => {
    if (!ring || !stop(event)) return;
    const drawn = ring;
    ring = null;
    line.remove();
    if (event.type === "pointerup" && drawn.length > 2) done({ holds: (point) => holds(drawn, point) });
  };
  box.addEventListener("pointerup", end, true);
  box.addEventListener("pointercancel", end, true);
  // The click after a lasso is none on a block.
  box.addEventListener("click", stop, true);

  return {
    get isOn() { return isOn; },
    turn: (value) => {
      isOn = value;
      box.classList.toggle("lassoing", value);
      map.dragging[value ? "disable" : "enable"]();
    },
  };
};
