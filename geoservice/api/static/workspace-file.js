"use strict";
// Geocoding a file: first rows, columns, progress, results, and a map of what was matched.
{
  const form = document.getElementById("upload");
  const state = document.getElementById("job");
  const byId = (id) => document.getElementById(id);
  const FORMS = { csv: "CSV", xlsx: "XLSX", parquet: "Parquet", geojson: "GeoJSON", gpkg: "GeoPackage" };
  const CLASSES = [[0.98, "#08519c", "class_98"], [0.95, "#3182bd", "class_95"], [0.9, "#9ecae1", "class_90"], [0, "#eff3ff", "class_0"]];
  const STATES = { hidden: ["#8a8a8a", "too_few"], none: ["#ffffff", "no_rows_here"] };
  const { say, send } = workspaceWords;
  const counted = (number) => number.toLocaleString("en");
  let map = null, drawn = null, source = null;

  const asked = (answer) => answer.json().then((content) => {
    if (!answer.ok) throw new Error(content.detail);
    return content;
  });
  const failed = (fault) => { state.textContent = fault instanceof TypeError ? say("failed") : fault.message; };
  const line = (body, cells, number) => {
    const row = body.insertRow();
    cells.forEach((text, at) => {
      const cell = row.insertCell();
      text instanceof Node ? cell.append(text) : cell.textContent = text;
      if (at === number) cell.className = "number";
    });
    return row;
  };

  const showRows = (rows) => {
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of rows[0]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const cells of rows.slice(1)) line(body, cells);
    byId("rows").replaceChildren(table);
  };

  const chosen = async () => {
    const file = form.elements.file.files[0];
    byId("rows").replaceChildren();
    byId("columns").replaceChildren();
    if (!file) return;
    if (!workspaceTable.isText(file.name)) {
      byId("local").textContent = say("by_service");
      return;
    }
    const rows = await workspaceTable.firstRows(file, 6);
    if (!rows.length) { byId("local").textContent = say("no_rows"); return; }
    byId("local").textContent = say("local");
    showRows(rows);
    const names = workspaceTable.named(rows[0]);
    byId("columns").replaceChildren(...names.map((name) => new Option(name)));
    const guess = workspaceTable.guessed(names);
    for (const input of form.querySelectorAll(".mapping input")) input.value = guess[input.name] || "";
  };

  const counts = (id, found, family) => {
    const body = document.querySelector(`#${id} tbody`);
    body.replaceChildren();
    for (const [name, rows] of Object.entries(found)) line(body, [say(`${family}${name}`), counted(rows)], 1);
  };

  const progress = (job) => {
    byId("outcome").hidden = false;
    byId("progress").max = Math.max(job.total, 1);
    byId("progress").value = job.done;
    const pace = job.rows_per_s ? `, ${say("pace", { n: counted(Math.round(job.rows_per_s)) })}` : "";
    byId("done").textContent = say("progress", { state: say(`state_${job.state}`), done: counted(job.done), total: counted(job.total) }) + pace;
    counts("matched", job.matched, "match_");
    counts("unmatched", job.unmatched, "reason_");
    if (job.ambiguous) line(document.querySelector("#unmatched tbody"), [say("ambiguous"), counted(job.ambiguous)], 1);
    if (job.error) state.textContent = job.error;
  };

  const link = (text, href) => {
    const made = document.createElement("a");
    made.textContent = text;
    made.href = href;
    made.download = "";
    return made;
  };
  const item = (node) => { const made = document.createElement("li"); made.append(node); return made; };

  const finished = (job) => {
    const base = `/v1/jobs/${job.id}`;
    byId("results").replaceChildren(
      ...Object.entries(FORMS).map(([form_, name]) => item(link(name, `${base}/result?f=${form_}`))),
      item(link(say("review"), `${base}/review`)));
    byId("finished").hidden = false;
    byId("job-areas").onchange = () => showAreas(job.id);
    showAreas(job.id);
    listJobs();
  };

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
    const part = `${(share * 100).toFixed(1)}%`;
    return [name, say("area_share", { share: part, rows: counted(rows) }), told(matched, "match_"), told(reasons, "reason_")];
  };
  const card = (lines) => {
    const box = document.createElement("div");
    for (const text of lines.filter(Boolean)) {
      const row = document.createElement("div");
      row.textContent = text;
      box.append(row);
    }
    return box;
  };

  const showAreas = (job) => fetch(`/v1/jobs/${job}/areas?areas=${encodeURIComponent(byId("job-areas").value)}`)
    .then(asked).then((found) => {
      map ||= L.map("job-map", { attributionControl: false, zoomSnap: 0.25 });
      drawn?.remove();
      drawn = L.geoJSON(found, {
        style: (feature) => ({ color: "#333", weight: 1, fillColor: colour(feature), fillOpacity: 1 }),
        onEachFeature: (feature, layer) => layer.bindTooltip(card(lines(feature.properties))),
      }).addTo(map);
      map.fitBounds(drawn.getBounds());
      byId("job-legend").replaceChildren(...CLASSES.map(([, fill, key]) => mark(fill, say(key))),
        ...Object.values(STATES).map(([fill, key]) => mark(fill, say(key))));
      const body = document.querySelector("#job-table tbody");
      body.replaceChildren();
      for (const { properties } of found.features) line(body, lines(properties));
      byId("job-map").dataset.ready = "true";
    }).catch(failed);

  const follow = (id) => {
    source?.close();
    byId("finished").hidden = true;
    source = new EventSource(`/v1/jobs/${id}/events`);
    let last = null;
    source.addEventListener("progress", (event) => { last = JSON.parse(event.data); progress(last); });
    source.addEventListener("end", () => { source.close(); if (last?.state === "done") finished(last); });
  };

  const listJobs = () => fetch("/v1/jobs?limit=20").then(asked).then(({ items }) => {
    const body = document.querySelector("#jobs tbody");
    body.replaceChildren();
    for (const job of items) {
      const open = document.createElement("button");
      open.textContent = say("show");
      open.setAttribute("aria-label", say("show_job", { id: job.id }));
      open.addEventListener("click", () => follow(job.id));
      const remove = document.createElement("button");
      remove.textContent = say("delete");
      remove.setAttribute("aria-label", say("delete_job", { id: job.id }));
      remove.addEventListener("click", () => send(`/v1/jobs/${job.id}?purge=true`, { method: "DELETE" }).then(listJobs));
      const both = document.createElement("span");
      both.append(open, " ", remove);
      const matched = Object.values(job.matched).reduce((sum, one) => sum + one, 0);
      line(body, [job.id.slice(0, 8), say(`state_${job.state}`), counted(job.done), counted(matched), both], 2);
    }
  }).catch(failed);

  form.elements.file.addEventListener("change", () => chosen().catch(failed));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = new FormData(form);
    for (const [key, value] of [...content]) if (value === "") content.delete(key);
    if (byId("rows").firstChild && !content.has("address") && !content.has("street")) {
      state.textContent = say("which_address");
      form.elements.address.focus();
      return;
    }
    state.textContent = say("sending");
    send("/v1/jobs", { method: "POST", body: content }).then(asked)
      .then((job) => { state.textContent = ""; progress(job); follow(job.id); }).catch(failed);
  });
  document.addEventListener("part", (event) => { if (event.detail === "file") listJobs(); });
}
