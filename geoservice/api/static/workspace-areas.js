"use strict";
// Match rates of a finished job by area: a map and a table.
{
  const byId = (id) => document.getElementById(id);
  const { say, asked, said, line, counted, percent } = workspaceWords;
  const CLASSES = [[0.98, "#08519c", "class_98"], [0.95, "#3182bd", "class_95"], [0.9, "#9ecae1", "class_90"], [0, "#fdd0a2", "class_0"]];
  const STATES = { hidden: ["#8a8a8a", "too_few"], none: ["#ffffff", "no_rows_here"] };
  let map = null, drawn = null, job = null;

  const colour = (feature) => {
    const { state: kind, share } = feature.properties;
    return kind === "shown" ? CLASSES.find(([least]) => share >= least)[1] : STATES[kind][0];
  };
  const mark = (fill, text) => {
    const made = document.createElement("li");
    const box = document.createElement("span");
    box.className = "mark";
    box.style.background = fill;
    made.append(box, text);
    return made;
  };
  // Name, share, matched by type and not matched by reason, in words.
  const lines = ({ name, state: kind, share, rows, by_match: matched, by_reason: reasons }) => {
    if (kind !== "shown") return [name, say(STATES[kind][1]), "", ""];
    const told = (found, family) => Object.entries(found).map(([key, count]) => `${say(family + key)} ${counted(count)}`).join(", ");
    return [name, say("area_share", { share: percent(share), rows: counted(rows) }), told(matched, "match_"), told(reasons, "reason_")];
  };
  const card = (texts) => {
    const box = document.createElement("div");
    for (const text of texts.filter(Boolean)) {
      const row = document.createElement("div");
      row.textContent = text;
      box.append(row);
    }
    return box;
  };
  // Name and share stand on the map; numbers of small counts are not there.
  const label = ({ name, state: kind, share }) => card([name, kind === "shown" ? percent(share) : say(STATES[kind][1])]);

  const show = () => fetch(`/v1/jobs/${job.id}/areas?areas=${encodeURIComponent(byId("job-areas").value)}`)
    .then(asked).then((found) => {
      map ||= L.map("job-map", { attributionControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
      drawn?.remove();
      drawn = L.geoJSON(found, {
        style: (feature) => ({ color: "#333", weight: 1.5, fillColor: colour(feature), fillOpacity: 0.9 }),
        onEachFeature: (feature, layer) => {
          layer.bindTooltip(label(feature.properties), { permanent: true, direction: "center", className: "area-label" });
          layer.bindPopup(card(lines(feature.properties)));
        },
      }).addTo(map);
      map.invalidateSize();
      map.fitBounds(drawn.getBounds());
      byId("job-legend").replaceChildren(...CLASSES.map(([, fill, key]) => mark(fill, say(key))),
        ...Object.values(STATES).map(([fill, key]) => mark(fill, say(key))));
      const body = document.querySelector("#job-table tbody");
      body.replaceChildren();
      for (const { properties } of found.features) line(body, lines(properties));
      byId("job-map").dataset.ready = "true";
    }).catch((fault) => { byId("job-note").textContent = said(fault); });

  document.addEventListener("job", (event) => { job = event.detail; show(); });
  byId("job-areas").addEventListener("change", () => job && show());
}
