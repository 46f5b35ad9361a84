"use strict";
// Parts of the workspace as tabs: arrow keys move, the address keeps the part.
{
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const open = (tab, focus) => {
    for (const one of tabs) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) tab.focus();
    history.replaceState(null, "", `#${tab.id.replace("tab-", "")}`);
    document.dispatchEvent(new CustomEvent("part", { detail: tab.id.replace("tab-", "") }));
  };
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => open(tab, false));
    tab.addEventListener("keydown", (event) => {
      let next = null;
      if (event.key in steps) next = tabs[(at + steps[event.key] + tabs.length) % tabs.length];
      if (event.key === "Home") next = tabs[0];
      if (event.key === "End") next = tabs[tabs.length - 1];
      if (next) { event.preventDefault(); open(next, true); }
    });
  });
  document.addEventListener("DOMContentLoaded", () => {
    const wanted = document.getElementById(`tab-${location.hash.slice(1)}`);
    if (wanted) open(wanted, false);
  });
}
