"use strict";
// The chosen map: the catalogue leads the preview, which has the controls; links, embed code and citation follow it.
const workspaceMap = (() => {
  const known = JSON.parse(document.getElementById("settings").textContent);
  const { say, send, asked, said: fault_ } = workspaceWords;
  const byId = (id) => document.getElementById(id);
  const said = byId("said"), preview = byId("preview");
  const NAMES = ["areas", "area", "band", "year", "zone", "school", "scenario", "lang", "theme"];
  const OF_ONE_MAP = ["zone", "school", "scenario"];
  const SHOW_AFTER_MS = 300;
  let wanted = preview.dataset.src, map = "", waiting = 0;

  // What the preview shows: the map, its query, and the measure that its fragment names.
  const seen = () => {
    const { pathname, search, hash } = preview.contentWindow.location;
    const match = /^\/maps\/([^/]+)$/.exec(pathname);
    if (!match) return null;
    const query = new URLSearchParams(search), frame = new URLSearchParams(hash.slice(1)).get("frame") ?? "";
    const view = frame.includes("@") ? frame.split("@")[0] : query.get("view");
    return { map: decodeURIComponent(match[1]), query, view, hash };
  };
  const chosen = () => {
    const now = seen();
    const query = { region: known.region };
    for (const name of NAMES) if (now?.query.get(name)) query[name] = now.query.get(name);
    if (now?.view) query.view = now.view;
    return query;
  };
  const address = (id, query) => `/maps/${encodeURIComponent(id)}?${new URLSearchParams(query)}`;
  const titled = () => known.titles[map] ?? map;

  const links = () => {
    byId("link").href = address(map, chosen());
    for (const link of document.querySelectorAll(".languages a")) {
      link.href = `/?${new URLSearchParams({ ...chosen(), map, lang: link.lang })}`;
    }
    for (const card of document.querySelectorAll(".card")) {
      card.dataset.map === map ? card.setAttribute("aria-current", "true") : card.removeAttribute("aria-current");
    }
  };
  // A figure of a large region takes a while: then the page says so.
  const wait = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { byId("preparing").textContent = say("preparing"); byId("preparing-bar").hidden = false; }, SHOW_AFTER_MS);
  };
  const arrived = () => {
    clearTimeout(waiting);
    byId("preparing").textContent = "";
    byId("preparing-bar").hidden = true;
    const now = seen();
    if (!now) return;
    map = now.map;
    said.textContent = "";
    links();
  };
  // A map that is drawn while its part is hidden has no size.
  const load = () => {
    if (!wanted || byId("panel-map").hidden) return;
    wait();
    preview.src = wanted;
    wanted = "";
  };
  // Another map keeps places, grades and year; what only the last map had does not go with it.
  const show = (id) => {
    const { view, ...query } = chosen();
    for (const name of OF_ONE_MAP) delete query[name];
    map = id;
    wanted = address(id, query);
    links();
    load();
  };

  const copy = (text, copied) => {
    const box = byId("copied");
    box.value = text;
    byId("copied-box").hidden = false;
    const done = () => { said.textContent = say(copied); };
    const byHand = () => { box.select(); said.textContent = say("by_hand"); };
    navigator.clipboard ? navigator.clipboard.writeText(text).then(done, byHand) : byHand();
  };
  const failed = (fault) => { said.textContent = fault_(fault); };
  // The page's own controls know what it shows where the address leaves it open.
  const control = (name) => preview.contentDocument.querySelector(`#choices [name=${name}]`);
  const citation = () => {
    const area = control("area"), band = control("band"), year = control("year");
    const where = area?.value ? `${area.selectedOptions[0].text}, ` : "";
    const today = new Date().toISOString().slice(0, 10);
    return say("citation", { region: known.name, map: titled(), where, band: band?.selectedOptions[0].text ?? say("all"),
      year: year?.value ?? known.school_year, snapshot: known.snapshot, date: today, address: new URL(byId("link").href) });
  };
  const embed = () => send("/v1/embeds", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ map, ...chosen() }),
  }).then(asked).then((made) => { copy(made.snippet, "copied_embed"); listLinks(); }).catch(failed);

  const cell = (row, content) => {
    const made = row.insertCell();
    content instanceof Node ? made.append(content) : made.textContent = content;
  };
  const listLinks = () => fetch("/v1/embeds").then(asked).then(({ items }) => {
    const body = document.querySelector("#links tbody");
    body.replaceChildren();
    for (const one of items) {
      const row = body.insertRow();
      const link = document.createElement("a");
      link.textContent = one.id;
      if (one.url) link.href = one.url;
      cell(row, link);
      cell(row, known.titles[one.map] ?? one.map);
      cell(row, Object.entries(one.choice).map(([key, value]) => `${say(`choice_${key}`)} ${value}`).join(", "));
      cell(row, one.expires.slice(0, 10));
      cell(row, say(`link_${one.state.replaceAll(" ", "_")}`));
      const revoke = document.createElement("button");
      revoke.textContent = say("revoke");
      revoke.setAttribute("aria-label", say("revoke_link", { id: one.id }));
      revoke.addEventListener("click", () => send(`/v1/embeds/${one.id}`, { method: "DELETE" }).then(listLinks));
      cell(row, one.state === "in use" ? revoke : "");
    }
  }).catch(failed);

  byId("choice").addEventListener("change", ({ target }) => {
    location.search = new URLSearchParams({ region: target.value, map, lang: known.lang });
  });
  document.querySelector(".catalogue-side").addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (!card || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(card.dataset.map);
  });
  byId("copy-link").addEventListener("click", () => copy(new URL(address(map, chosen()), location.href).href + (seen()?.hash ?? ""), "copied_link"));
  byId("copy-embed").addEventListener("click", embed);
  byId("copy-citation").addEventListener("click", () => copy(citation(), "copied_citation"));
  document.addEventListener("part", (event) => {
    if (event.detail === "links") listLinks();
    if (event.detail === "map") load();
  });
  // Students that were stored are on the maps: what is shown is drawn anew.
  document.addEventListener("students", () => { wanted = address(map, chosen()); });
  preview.addEventListener("load", arrived);
  // A measure is chosen inside the preview without another page.
  for (const kind of ["pointerenter", "focusin"]) document.querySelector(".languages")?.addEventListener(kind, links);
  // The part that the address names is open by then.
  document.addEventListener("DOMContentLoaded", load);
  return { current: () => ({ map, title: titled(), choice: chosen() }) };
})();
