// Each copy button stands in a landmark of its own, and landmarks need different names (WCAG 1.3.1).
"use strict";
const nameLandmarks = () => {
  document.querySelectorAll("nav.md-code__nav").forEach((nav, index) => {
    nav.setAttribute("aria-label", `Code ${index + 1}`);
  });
};
nameLandmarks();
new MutationObserver(nameLandmarks).observe(document.body, {childList: true, subtree: true});
