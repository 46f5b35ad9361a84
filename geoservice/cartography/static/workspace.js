"use strict";
// The workspace: shows the chosen map, uploads a file, follows the job.
const form = document.getElementById("choice");
const frame = document.getElementById("preview");
const link = document.getElementById("link");
const show = () => {
  const chosen = new URLSearchParams([...new FormData(form)].filter(([key, value]) => value && key !== "map"));
  const url = `/maps/${encodeURIComponent(form.elements.map.value)}?${chosen}`;
  frame.src = url;
  link.href = url;
};
if (form) { form.addEventListener("change", show); show(); }
const upload = document.getElementById("upload");
const follow = (url, state) => fetch(url).then((r) => r.json()).then((job) => {
  state.textContent = `${job.state}: ${job.done} of ${job.total} rows`;
  if (job.state === "done") {
    const result = document.createElement("a");
    result.href = `${url}/result?f=csv`;
    result.textContent = " Download the result";
    state.appendChild(result);
  } else if (job.state !== "failed" && job.state !== "cancelled") setTimeout(() => follow(url, state), 500);
});
if (upload) upload.addEventListener("submit", (event) => {
  event.preventDefault();
  const state = document.getElementById("job");
  fetch("/v1/jobs", { method: "POST", body: new FormData(upload) }).then((r) =>
    r.ok ? follow(r.headers.get("Location"), state) : r.json().then((fault) => { state.textContent = fault.detail; }));
});
