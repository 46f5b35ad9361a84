"use strict";
// For pages that embed maps: gives each frame the height that its map tells.
// Only messages of the frame's own window and origin count.
(() => {
  const LEAST = 160, MOST = 4000;
  addEventListener("message", (event) => {
    const told = event.data;
    if (!told || told.type !== "geoservice:height" || !Number.isFinite(told.height)) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow !== event.source || new URL(frame.src).origin !== event.origin) continue;
      frame.style.height = `${Math.min(Math.max(Math.ceil(told.height), LEAST), MOST)}px`;
    }
  });
  // Frames that were ready before this script are asked to tell again.
  for (const frame of document.querySelectorAll("iframe[data-geoservice]")) {
    frame.contentWindow?.postMessage({ type: "geoservice:ask" }, "*");
  }
})();
