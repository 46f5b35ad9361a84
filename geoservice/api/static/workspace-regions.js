"use strict";
// A region from uploaded files: upload, draft of region.toml, corrected fields, build. For administrators.
{
  const form = document.getElementById("draft-form");
  const byId = (id) => document.getElementById(id);
  const { say, send, asked, said, counted } = workspaceWords;
  let name = "";

  const tell = (text, isWaiting = false) => {
    byId("draft-told").textContent = text;
    byId("draft-wait").hidden = !isWaiting;
  };
  const address = (tail = "") => `/v1/region-drafts/${encodeURIComponent(name)}${tail}`;
  const json = (method, content) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
  const item = (text) => { const made = document.createElement("li"); made.textContent = text; return made; };

  // A field of a layer, as a choice among the columns of its file.
  const field = (layer, number, key) => {
    const label = document.createElement("label"), select = document.createElement("select");
    select.append(new Option(say("no_column"), ""), ...layer.columns.map((column) => new Option(column, column)));
    select.value = layer.fields[key] ?? "";
    select.addEventListener("change", () => act(say("draft_saving"), () => send(address("/manifest"), json("PATCH", { layer: number, field: key, column: select.value })).then(asked)));
    label.append(key, select);
    return label;
  };
  const section = (layer, number) => {
    const box = document.createElement("details"), head = document.createElement("summary"), grid = document.createElement("div");
    head.textContent = `${layer.file}: ${layer.kind}, ${say("draft_rows", { n: counted(layer.rows) })}`;
    grid.className = "mapping";
    const keys = [...new Set([...Object.keys(layer.fields), ...layer.known_fields])];
    grid.append(...keys.map((key) => field(layer, number, key)));
    box.append(head, grid);
    if (layer.problem) box.append(layer.problem);
    return box;
  };
  const show = (draft) => {
    name = draft.id;
    byId("draft").hidden = false;
    byId("draft-list").replaceChildren(...draft.files.map((file) => item(`${file.name} (${counted(Math.ceil(file.bytes / 1000))} kB)`)));
    byId("draft-text").value = draft.manifest ?? "";
    const opened = [...byId("draft-layers").querySelectorAll("details")].map((one) => one.open);
    byId("draft-layers").replaceChildren(...draft.layers.map(section));
    byId("draft-layers").querySelectorAll("details").forEach((one, at) => { one.open = Boolean(opened[at]); });
    if (draft.lines) byId("draft-lines").replaceChildren(...draft.lines.map(item));
    byId("draft-build").disabled = !draft.has_manifest;
  };
  const act = (text, work) => {
    tell(text, true);
    return work().then((draft) => { show(draft); tell(say("draft_done")); }).catch((fault) => tell(said(fault)));
  };
  const list = () => fetch("/v1/region-drafts").then(asked).then(({ items }) => {
    byId("drafts").replaceChildren(...items.map(({ id }) => new Option(id)));
  });
  const upload = () => {
    const body = new FormData();
    for (const file of form.elements.file.files) body.append("file", file);
    return send(address("/files"), { method: "POST", body }).then(asked).then((draft) => { list(); return draft; });
  };
  const build = () => {
    tell(say("draft_building"), true);
    return send(address("/build"), { method: "POST" }).then(asked).then(({ region, findings }) => {
      const { error = 0, warning = 0 } = findings;
      tell(say("draft_built", { region, errors: error, warnings: warning }));
      const link = document.createElement("a");
      link.href = `/regions/${encodeURIComponent(region)}`;
      link.textContent = say("draft_report", { region });
      byId("draft-told").append(" ", link);
    }).catch((fault) => tell(said(fault)));
  };

  if (form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      name = form.elements.draft.value;
      act(say("sending"), upload);
    });
    byId("draft-open").addEventListener("click", () => {
      name = form.elements.draft.value;
      if (form.elements.draft.reportValidity()) act(say("reading"), () => fetch(address()).then(asked));
    });
    byId("draft-init").addEventListener("click", () => act(say("draft_drafting"), () => send(address("/manifest"), { method: "POST" }).then(asked)));
    byId("draft-save").addEventListener("click", () => act(say("draft_saving"), () => send(address("/manifest"), json("PUT", { manifest: byId("draft-text").value })).then(asked)));
    byId("draft-build").addEventListener("click", build);
    byId("draft-remove").addEventListener("click", () => send(address(), { method: "DELETE" }).then((answer) => (answer.ok ? null : asked(answer)))
      .then(() => { byId("draft").hidden = true; tell(say("draft_removed")); list(); }).catch((fault) => tell(said(fault))));
    document.addEventListener("part", (event) => { if (event.detail === "regions") list().catch(() => {}); });
  }
}
