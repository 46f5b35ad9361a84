"use strict";
// Geocoding a file: sending, progress, counts, results, and the list of earlier files.
{
  const form = document.getElementById("upload");
  const state = document.getElementById("job");
  const byId = (id) => document.getElementById(id);
  const FORMS = { csv: "CSV", xlsx: "XLSX", parquet: "Parquet", geojson: "GeoJSON", gpkg: "GeoPackage", geoparquet: "GeoParquet" };
  const { say, send, asked, said, line, counted, percent } = workspaceWords;
  const { snapshots, lang } = JSON.parse(byId("settings").textContent);
  let source = null, shown = null;

  const waiting = (text) => { state.textContent = text; byId("sending").hidden = !text; };
  const failed = (fault) => { waiting(""); state.textContent = said(fault); };

  const counts = (id, found, family) => {
    const body = document.querySelector(`#${id} tbody`);
    body.replaceChildren();
    for (const [name, rows] of Object.entries(found)) line(body, [say(`${family}${name}`), counted(rows)], [1]);
  };

  const nameOf = (job) => job.file_name || job.id.slice(0, 8);
  const progress = (job) => {
    byId("outcome").hidden = false;
    byId("job-title").textContent = nameOf(job);
    // Without a number of rows the bar moves by itself: the file waits, or is being read.
    if (job.total) {
      byId("progress").max = job.total;
      byId("progress").value = job.done;
    } else byId("progress").removeAttribute("value");
    const pace = job.rows_per_s && job.state === "running" ? `, ${say("pace", { n: counted(Math.round(job.rows_per_s)) })}` : "";
    const rate = job.match_rate === null ? "" : `, ${say("rate", { share: percent(job.match_rate) })}`;
    byId("done").textContent = say("progress", { state: say(`state_${job.state}`), done: counted(job.done), total: counted(job.total) }) + rate + pace;
    counts("matched", job.matched, "match_");
    counts("unmatched", job.unmatched, "reason_");
    if (job.ambiguous) line(document.querySelector("#unmatched tbody"), [say("ambiguous"), counted(job.ambiguous)], [1]);
    if (job.error) state.textContent = job.error;
    byId("job-note").textContent = job.notes.join(" ");
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
      item(link(say("review"), `${base}/review?f=csv`)));
    byId("finished").hidden = false;
    document.dispatchEvent(new CustomEvent("job", { detail: job }));
    listJobs();
  };

  // The job on the screen; decisions make it run again.
  const follow = (id) => {
    source?.close();
    shown = id;
    byId("finished").hidden = true;
    source = new EventSource(`/v1/jobs/${id}/events`);
    let last = null;
    source.addEventListener("progress", (event) => { last = JSON.parse(event.data); progress(last); });
    source.addEventListener("end", () => { source.close(); if (last?.state === "done" && shown === id) finished(last); });
  };
  document.addEventListener("follow", (event) => follow(event.detail));

  const button = (text, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  // Only a job of an older snapshot that has rows without a match can be matched again.
  const mayRetry = (job) => job.state === "done" && job.match_rate < 1 && snapshots[job.region] && job.snapshot !== snapshots[job.region];
  const retry = (job) => send(`/v1/jobs/${job.id}/retry`, { method: "POST" }).then(asked)
    .then((made) => { progress(made); follow(made.id); listJobs(); }).catch(failed);
  const remove = (job) => send(`/v1/jobs/${job.id}?purge=true`, { method: "DELETE" }).then(() => {
    if (shown === job.id) { source?.close(); byId("outcome").hidden = true; }
    return listJobs();
  });

  const dated = (seconds) => new Date(seconds * 1000).toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" });
  const actions = (job) => {
    const name = nameOf(job), box = document.createElement("span");
    box.className = "actions plain";
    box.append(button(say("show"), say("show_job", { id: name }), () => follow(job.id)));
    if (mayRetry(job)) box.append(button(say("again"), say("again_job", { id: name }), () => retry(job)));
    box.append(button(say("delete"), say("delete_job", { id: name }), () => remove(job).catch(failed)));
    return box;
  };
  const listJobs = () => fetch("/v1/jobs?limit=20").then(asked).then(({ items }) => {
    const body = document.querySelector("#jobs tbody");
    body.replaceChildren();
    for (const job of items) {
      const rate = job.match_rate === null ? "" : percent(job.match_rate);
      line(body, [nameOf(job), dated(job.created), say(`state_${job.state}`), counted(job.done), rate, actions(job)], [3, 4]);
    }
  }).catch(failed);

  const choose = () => {
    waiting(say("reading"));
    workspaceColumns.show(form).then((note) => {
      waiting("");
      byId("local").textContent = note || say("columns_read");
    }).catch(failed);
  };
  form.elements.file.addEventListener("change", choose);
  form.elements.region.addEventListener("change", choose);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = new FormData(form);
    for (const [key, value] of [...content]) if (value === "") content.delete(key);
    if (workspaceColumns.isRead() && !content.has("address") && !content.has("street")) {
      state.textContent = say("which_address");
      form.elements.address.focus();
      return;
    }
    waiting(say("sending"));
    send("/v1/jobs", { method: "POST", body: content }).then(asked)
      .then((job) => { waiting(""); progress(job); follow(job.id); byId("job-title").focus(); }).catch(failed);
  });
  document.addEventListener("part", (event) => { if (event.detail === "file") listJobs(); });
}
