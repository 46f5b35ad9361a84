"use strict";
// What folds where there is little room: the tools of the panel and the choices on phones, all but the legend in an embed.
(() => {
  const PHONE = "(max-width: 600px)", EMBED_PX = 560, LEAST_PX = 240;
  const isPhone = () => window.matchMedia(PHONE).matches;
  const isCompact = () => document.documentElement.hasAttribute("data-compact");
  const folded = (text, ...children) => {
    const { make } = geoservice;
    return make("details", { class: "fold" }, make("summary", { text }), ...children);
  };

  // Where the panel's search, layers and buttons go: the panel, or a fold in it.
  geoservice.foldedTools = (panel, words) => {
    if (!isPhone() && !isCompact()) return panel;
    const tools = folded(words.page_options);
    panel.append(tools);
    return tools;
  };
  geoservice.foldChoices = (words) => {
    const form = document.getElementById("choices");
    if (!form || !isPhone()) return;
    const fold = folded(words.page_choices);
    form.before(fold);
    fold.append(form);
  };
  // The map of an embed is as tall as the rest leaves it of the frame; the legend lies on it, and the place keeps clear of it.
  geoservice.compactRoom = (map, panel) => {
    if (!isCompact()) return;
    const size = () => {
      const [pane, main] = [document.querySelector(".pane"), document.querySelector("main")];
      const others = main.getBoundingClientRect().height - pane.getBoundingClientRect().height;
      if (!isPhone()) pane.style.height = `${Math.max(LEAST_PX, EMBED_PX - others)}px`;
      map.getContainer().dataset.room = isPhone() ? 0 : panel.getBoundingClientRect().width + 16;
      map.invalidateSize();
    };
    size();
  };
})();
