"use strict";
// The quality report of a region as a map: findings that name rows have places.
{
  const { region, words } = JSON.parse(document.getElementById("settings").textContent);
  const box = document.getElementById("finding-map"), told = document.getElementById("finding-told");
  const COLOURS = { error: "#d7301f", warning: "#e69f00", repair: "#0072b2", note: "#5b6670" };
  const rows = [...document.querySelectorAll("tr[data-finding]")];
  const say = (key, fields = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? ""));
  const about = (number) => rows.find((row) => row.dataset.finding === String(number));

  const draw = ({ items }) => {
    document.getElementById("finding-wait").hidden = true;
    if (!items.length) { told.textContent = say("places_none"); return; }
    box.hidden = false;
    const map = L.map(box, { attributionControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
    map.createPane("streets").style.zIndex = 210;
    map.fitBounds(L.latLngBounds(items.map(({ lat, lon }) => [lat, lon])).pad(0.2), { maxZoom: 16 });
    for (const name of ["zones", "streets"]) geoservice.tiles({ url: `/tiles/${name}/{z}/{x}/{y}.mvt?region=${encodeURIComponent(region)}` }).addTo(map);
    const marks = items.map((item) => {
      const row = about(item.finding), text = row ? `${row.cells[1].textContent} ${item.row}: ${row.cells[2].textContent}` : item.row;
      const mark = L.circleMarker([item.lat, item.lon], { radius: 8, weight: 2, color: "#ffffff", fillColor: COLOURS[row?.dataset.severity] ?? COLOURS.note, fillOpacity: 1 });
      mark.bindTooltip(() => { const line = document.createElement("span"); line.textContent = text; return line; });
      mark.on("click", () => { told.textContent = text; });
      return { item, mark: mark.addTo(map) };
    });
    for (const row of rows) {
      const mine = marks.filter(({ item }) => String(item.finding) === row.dataset.finding);
      if (!mine.length) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = say("places_show");
      button.setAttribute("aria-label", say("places_show_named", { what: row.cells[2].textContent }));
      button.addEventListener("click", () => {
        map.fitBounds(L.latLngBounds(mine.map(({ item }) => [item.lat, item.lon])).pad(0.3), { maxZoom: 17 });
        told.textContent = say("places_shown", { n: mine.length, what: row.cells[2].textContent });
        box.scrollIntoView({ block: "nearest" });
        box.focus();
      });
      row.lastElementChild.append(" ", button);
    }
    told.textContent = say("places_all", { n: items.length });
    box.dataset.ready = String(items.length);
  };
  fetch(`/v1/regions/${encodeURIComponent(region)}/check/places`).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }).then(draw).catch(() => { document.getElementById("finding-wait").hidden = true; told.textContent = say("places_none"); });
}
