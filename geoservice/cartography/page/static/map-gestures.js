"use strict";
// How a map is moved inside of a page: the wheel and one finger scroll the page; Ctrl with the wheel and two fingers move
// the map. It ends at the district. On touch screens the mark nearest to the finger is meant.
(() => {
  const { make } = geoservice;
  const [HINT_MS, REACH_PX, ZOOM_OUT, SCALE_PX] = [1600, 22, 0.5, 40];
  const isFull = () => Boolean(document.fullscreenElement);

  geoservice.gestures = (chart) => {
    const { map, config: { words } } = chart, box = map.getContainer();
    const hint = make("div", { class: "gesture-hint", "aria-hidden": "true" });
    box.append(hint);
    let timer = 0;
    const say = (text) => {
      hint.textContent = text;
      hint.classList.add("shown");
      clearTimeout(timer);
      timer = setTimeout(() => hint.classList.remove("shown"), HINT_MS);
    };
    box.addEventListener("wheel", (event) => {
      if (isFull() || event.ctrlKey || event.metaKey) return;
      event.stopImmediatePropagation();
      say(words.page_wheel);
    }, { capture: true, passive: true });
    // The first finger is the page's: the map hears of it only with the second.
    for (const move of ["touchstart", "touchmove"]) {
      box.addEventListener(move, (event) => {
        if (event.touches.length > 1) { event.preventDefault(); return; }
        if (isFull() || event.target.closest(".leaflet-control")) return;
        if (move === "touchstart") event.stopImmediatePropagation();
        else say(words.page_fingers);
      }, { capture: true, passive: false });
    }
    if (window.matchMedia("(pointer: coarse)").matches) nearest(chart, box);
  };

  // A tap means the mark nearest to it, within half of 44 pixels: marks themselves may be small and close together.
  const nearest = (chart, box) => {
    const { map } = chart;
    box.addEventListener("click", (event) => {
      if (event.target.closest(".leaflet-control, .leaflet-popup")) return;
      const at = map.mouseEventToLayerPoint(event);
      const items = chart.layers.filter((one) => one.kind === "points" && map.hasLayer(one.group)).flatMap((one) => one.items);
      const far = (item) => geoservice.drawnAt(map, item).distanceTo(at);
      const hit = items.reduce((best, item) => (best && far(best) <= far(item) ? best : item), null);
      if (!hit || far(hit) > Math.max(REACH_PX, geoservice.radius(hit)) || !hit.getPopup()) return;
      event.stopImmediatePropagation();
      hit.openPopup();
    }, { capture: true });
  };

  // What of the world a map shows where it shows a box whole: `room` are pixels on the right and at the bottom for other things.
  geoservice.room = (map) => [Number(map.getContainer().dataset.room || 0), map.getSize().x < 600 ? SCALE_PX : 0];
  const whole = (map, [west, south, east, north]) => {
    const bounds = L.latLngBounds([south, west], [north, east]), [right, below] = geoservice.room(map);
    const zoom = map.getBoundsZoom(bounds, false, L.point(right, below));
    const middle = map.project(bounds.getSouthWest(), zoom).add(map.project(bounds.getNorthEast(), zoom)).divideBy(2);
    const [centre, half] = [middle.add([right / 2, below / 2]), map.getSize().divideBy(2)];
    return { zoom, seen: L.latLngBounds(map.unproject(centre.subtract(half), zoom), map.unproject(centre.add(half), zoom)) };
  };
  // Neither zoom nor pan leads away from the district; a map of Folium may show things beyond it.
  geoservice.limit = (map, box) => {
    if (map.isFolium) return;
    const limits = () => {
      if (document.body.classList.contains("printing") || !geoservice.hasRoom(map)) return;
      map.options.minZoom = 0;
      const { zoom, seen } = whole(map, box);
      map.options.minZoom = zoom - ZOOM_OUT;
      map.options.maxBounds = seen.extend(L.latLngBounds([box[1], box[0]], [box[3], box[2]])).pad(0.05);
      map.fire("zoomlevelschange");
    };
    map.on("resize", limits);
    map.limits = limits;
    map.on("moveend", () => {
      if (map.options.maxBounds && !document.body.classList.contains("printing")) map.panInsideBounds(map.options.maxBounds, { animate: false });
    });
    map.options.maxBoundsViscosity = 1;
    limits();
  };
})();
