"use strict";
// Small maps, one for each year: they choose the year of the large map, and show which it is.
geoservice.years = (chart) => {
  const buttons = [...document.querySelectorAll("#years button")];
  for (const button of buttons) {
    if (button.dataset.year === chart.frame.year) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.onclick = () => {
      const slider = document.getElementById("year-slider");
      const years = [...new Set(chart.config.frames.map((one) => one.year))].sort();
      if (!slider) return;
      slider.value = years.indexOf(button.dataset.year);
      slider.dispatchEvent(new Event("input"));
    };
  }
};
