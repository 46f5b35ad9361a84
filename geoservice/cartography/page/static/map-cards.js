"use strict";
// Cards of features on hover, click and by keyboard. Text reaches the page as textContent only.
(() => {
  geoservice.card = (lines) => {
    const box = document.createElement("div");
    box.className = "card";
    lines.forEach((line, at) => {
      const row = document.createElement(at ? "div" : "strong");
      row.textContent = line;
      box.append(row);
    });
    return box;
  };
  const element = (item) => (item.getElement ? item.getElement() : null);
  // Gives one drawn feature its card; `lines` is asked anew each time, as frames change.
  geoservice.bindCard = (item, lines) => {
    item.bindTooltip(() => geoservice.card(lines()), { sticky: true, className: "card-tip", opacity: 1 });
    item.bindPopup(() => geoservice.card(lines()), { maxWidth: 300, autoPanPadding: [20, 20] });
    item.on("popupopen", () => item.closeTooltip());
  };
  // Makes the features of a layer one stop of the Tab key: arrows go on, Enter opens, Escape closes.
  geoservice.walk = (items, map) => {
    const stops = items.map((item) => ({ item, node: element(item) })).filter((one) => one.node);
    stops.forEach(({ item, node }, at) => {
      node.setAttribute("role", "button");
      node.setAttribute("tabindex", at ? "-1" : "0");
      node.setAttribute("aria-label", item.lines().join(". "));
      if (node.dataset && node.dataset.walks) return;
      node.setAttribute("data-walks", "true");
      node.addEventListener("keydown", (event) => step(event, item, node, map));
      if (node instanceof SVGElement) ringed(node, map);
    });
  };
  // The focus of a shape: a light ring and a dark ring above all neighbours, seen on any colour.
  const ringed = (node, map) => {
    let rings = [];
    const away = () => { rings.forEach((ring) => ring.remove()); rings = []; };
    node.addEventListener("focus", () => {
      away();
      if (!node.matches(":focus-visible")) return;
      rings = ["focus-ring light", "focus-ring"].map((name) => {
        const ring = node.cloneNode();
        for (const { name: key } of [...ring.attributes]) if (key !== "d" && key !== "transform") ring.removeAttribute(key);
        ring.setAttribute("class", name);
        ring.setAttribute("aria-hidden", "true");
        return ring;
      });
      node.parentNode.append(...rings);
    });
    node.addEventListener("blur", away);
    map.on("zoomstart moveend", away);
  };
  const step = (event, item, node, map) => {
    const order = node.walkOrder || [];
    const at = order.indexOf(node);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: order.length - 1 }[event.key];
    if (to !== undefined) {
      const next = order[(to + order.length) % order.length];
      node.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      item.openPopup();
    } else if (event.key === "Escape") {
      map.closePopup();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  geoservice.setWalk = (items, map) => {
    geoservice.walk(items, map);
    const order = items.map(element).filter(Boolean);
    order.forEach((node) => { node.walkOrder = order; });
  };
})();
