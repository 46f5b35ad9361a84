"use strict";
// In an embedded map: tells the page around how high the map wants to be.
(() => {
  if (window.parent === window) return;
  const main = document.querySelector("main") || document.body;
  let last = 0;
  const tell = (again) => {
    const height = Math.ceil(main.getBoundingClientRect().bottom + window.scrollY);
    if (!again && Math.abs(height - last) < 2) return;
    last = height;
    // A height is no secret: any page that may frame this one may know it.
    window.parent.postMessage({ type: "geoservice:height", height }, "*");
  };
  new ResizeObserver(() => tell(false)).observe(main);
  addEventListener("load", () => tell(true));
  addEventListener("message", (event) => { if (event.source === window.parent && event.data?.type === "geoservice:ask") tell(true); });
})();
