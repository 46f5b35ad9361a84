"use strict";
// The columns of a chosen file: the service reads its first rows and guesses roles; people correct them.
const workspaceColumns = (() => {
  const { say, send, asked } = workspaceWords;
  const FIRST_BYTES = 262144;
  const CUT = /\.(csv|tsv|txt)$/i;
  const byId = (id) => document.getElementById(id);
  let columns = [];

  // A large text file need not travel twice: its first lines are enough.
  const beginning = async (file) => {
    if (!CUT.test(file.name) || file.size <= FIRST_BYTES) return file;
    const bytes = new Uint8Array(await file.slice(0, FIRST_BYTES).arrayBuffer());
    const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
    const end = bytes.lastIndexOf(0x0a) + (isWide ? 2 : 1);
    return new File([bytes.slice(0, end)], file.name);
  };

  const cells = (row, texts, name) => {
    for (const text of texts) {
      const cell = document.createElement(name);
      if (name === "th") cell.scope = "col";
      cell.textContent = text;
      row.append(cell);
    }
  };
  const showRows = () => {
    const table = document.createElement("table");
    cells(table.createTHead().insertRow(), columns.map(({ name }) => name), "th");
    const body = table.createTBody(), count = Math.max(...columns.map(({ values }) => values.length));
    for (let at = 0; at < count; at += 1) cells(body.insertRow(), columns.map(({ values }) => values[at] ?? ""), "td");
    byId("rows").replaceChildren(table);
  };

  // The values of a column; for joined names, such as "Number + Street", the joined values.
  const valuesOf = (choice) => {
    const own = columns.filter(({ name }) => name === choice);
    const parts = own.length ? own : choice.split(" + ").map((part) => columns.find(({ name }) => name === part)).filter(Boolean);
    const count = Math.max(0, ...parts.map(({ values }) => values.length));
    return Array.from({ length: count }, (_, at) => parts.map(({ values }) => (values[at] ?? "").trim()).filter(Boolean).join(" "));
  };
  // Under each choice stand its first values.
  const sample = (select) => {
    const values = [...new Set(valuesOf(select.value).filter(Boolean))].slice(0, 3);
    byId(`sample-${select.name}`).textContent = values.join(" · ");
  };

  const clear = (form) => {
    columns = [];
    byId("rows").replaceChildren();
    for (const select of form.querySelectorAll(".mapping select")) {
      select.replaceChildren(new Option("", ""));
      select.disabled = true;
      sample(select);
    }
  };

  const show = async (form) => {
    clear(form);
    const file = form.elements.file.files[0];
    if (!file) return "";
    const body = new FormData();
    body.set("region", form.elements.region.value);
    body.set("file", await beginning(file));
    const found = await send("/v1/jobs/preview", { method: "POST", body }).then(asked);
    if (file !== form.elements.file.files[0]) return ""; // Another file was chosen meanwhile.
    columns = found.columns;
    if (!columns.length) return say("no_rows");
    showRows();
    for (const select of form.querySelectorAll(".mapping select")) {
      const guess = found.guesses[select.name] ?? "", names = columns.map(({ name }) => name);
      const joined = guess && !names.includes(guess) ? [guess] : [];
      select.replaceChildren(new Option(say("no_column"), ""), ...[...joined, ...names].map((name) => new Option(name, name)));
      select.value = guess;
      select.disabled = false;
      sample(select);
    }
    return found.notes.join(" ");
  };

  byId("upload").addEventListener("change", (event) => { if (event.target.closest(".mapping")) sample(event.target); });
  return { show, isRead: () => columns.length > 0 };
})();
