"use strict";
// Rows that need a person: the address as typed, candidates to choose from, and decisions to apply.
{
  const byId = (id) => document.getElementById(id);
  const { say, send, asked, said, counted } = workspaceWords;
  const PAGE = 15, OTHER = "other";
  const TYPED = ["line", "city", "state", "zip"];
  let job = null, items = [], start = 0;

  const told = (text) => { byId("review-told").textContent = text; };
  const reasonOf = (row) => (row.geo_status === "matched" ? "doubtful" : row.geo_status === "ambiguous" ? "ambiguous" : row.geo_reason);
  const OTHERS = { ambiguous: say("ambiguous"), doubtful: say("doubtful") };
  const reasonText = (reason) => OTHERS[reason] ?? say(`reason_${reason}`);
  const candidates = (row) => [1, 2, 3, 4, 5].map((at) => row[`candidate_${at}`]);
  const shown = () => items.filter((row) => !byId("review-reason").value || reasonOf(row) === byId("review-reason").value);

  // A number chooses a candidate; any other text is an address or a place.
  const control = (row) => {
    const box = document.createElement("div"), select = document.createElement("select"), text = document.createElement("input");
    const isNumber = /^[1-5]$/.test(row.use ?? "");
    select.setAttribute("aria-label", say("decide_row", { row: row.row }));
    select.append(new Option(say("undecided"), ""));
    candidates(row).forEach((candidate, at) => { if (candidate) select.append(new Option(candidate, String(at + 1))); });
    select.append(new Option(say("another"), OTHER));
    select.value = !row.use ? "" : isNumber ? row.use : OTHER;
    text.value = isNumber ? "" : row.use ?? "";
    text.hidden = select.value !== OTHER;
    text.placeholder = say("another_hint");
    text.setAttribute("aria-label", say("another_row", { row: row.row }));
    select.addEventListener("change", () => {
      text.hidden = select.value !== OTHER;
      row.use = select.value === OTHER ? text.value : select.value;
      if (!text.hidden) text.focus();
      count();
    });
    text.addEventListener("input", () => { row.use = text.value; count(); });
    box.className = "stack";
    box.append(select, text);
    return box;
  };
  const count = () => {
    const decided = items.filter(({ use }) => use).length;
    byId("review-count").textContent = say("review_count", { n: counted(shown().length), decided: counted(decided) });
    byId("review-apply").disabled = decided === 0 && !job?.decisions;
  };
  const list = () => {
    const body = document.querySelector("#review-table tbody"), rows = shown();
    start = Math.min(start, Math.max(0, rows.length - 1));
    body.replaceChildren();
    for (const row of rows.slice(start, start + PAGE)) {
      const line = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = row.row;
      line.append(head);
      line.insertCell().textContent = TYPED.map((name) => row[name]).filter(Boolean).join(", ");
      line.insertCell().textContent = reasonText(reasonOf(row));
      line.insertCell().append(control(row));
    }
    byId("review-back").hidden = start === 0;
    byId("review-next").hidden = start + PAGE >= rows.length;
    count();
  };
  const reasons = () => {
    const found = [...new Set(items.map(reasonOf))];
    const options = found.map((reason) => new Option(reasonText(reason), reason));
    byId("review-reason").replaceChildren(byId("review-reason").options[0], ...options);
    byId("review-reason").value = "";
  };
  const show = async () => {
    told(say("review_coming"));
    items = (await fetch(`/v1/jobs/${job.id}/review?f=json`).then(asked)).items;
    start = 0;
    reasons();
    list();
    told("");
  };
  // All decisions travel together: they replace the earlier ones.
  const apply = () => {
    const decided = items.filter(({ use }) => use);
    told(say("applying"));
    return send(`/v1/jobs/${job.id}/overrides`, {
      method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ items: decided }),
    }).then(asked).then(() => {
      told(say("applied", { n: counted(decided.length) }));
      document.dispatchEvent(new CustomEvent("follow", { detail: job.id }));
    });
  };
  const failed = (fault) => told(said(fault));

  document.addEventListener("job", (event) => { job = event.detail; show().catch(failed); });
  byId("review-reason").addEventListener("change", () => { start = 0; list(); });
  byId("review-next").addEventListener("click", () => { start += PAGE; list(); });
  byId("review-back").addEventListener("click", () => { start = Math.max(0, start - PAGE); list(); });
  byId("review-apply").addEventListener("click", () => apply().catch(failed));
}
