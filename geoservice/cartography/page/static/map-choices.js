"use strict";
// The choices above a map: a page with others keeps its measure, layers, comparison and, of the same place, its view.
(() => {
  const PLACES = new Set(["areas", "area", "zone", "school"]);
  // Id of the measure that a frame shows; empty where the figure has one alone.
  geoservice.viewOf = (frame) => (frame.id.includes("@") ? frame.id.split("@")[0] : "");
  const kept = (changed) => {
    const held = new URLSearchParams(location.hash.slice(1));
    const gone = PLACES.has(changed) ? ["at", "zoom-area"] : changed === "year" ? ["frame"] : [];
    gone.forEach((key) => held.delete(key));
    held.set("chosen", changed);
    return String(held);
  };
  geoservice.choices = (chart, form) => {
    if (!form) return;
    const button = form.querySelector("button");
    form.addEventListener("change", (event) => {
      form.setAttribute("action", `${location.pathname}#${kept(event.target.name)}`);
      form.requestSubmit(button);
    });
    form.addEventListener("formdata", (event) => {
      const asked = new URLSearchParams(location.search), view = geoservice.viewOf(chart.frame);
      if (view && (asked.has("view") || chart.frame.view !== chart.config.frames[0].view)) event.formData.set("view", view);
      if (asked.get("students")) event.formData.set("students", asked.get("students"));
      for (const [key, value] of [...event.formData]) if (!value) event.formData.delete(key);
    });
    button.hidden = true;
    // Who chooses by keyboard goes on where they were.
    const last = form.elements[geoservice.recalled("chosen")];
    if (last) last.focus({ preventScroll: true });
    geoservice.remember("chosen", "");
  };
})();
