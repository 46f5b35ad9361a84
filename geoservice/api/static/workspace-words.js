"use strict";
// Words of the page's language, with their fields filled in, and what all parts of the workspace share.
const workspaceWords = (() => {
  const { words, csrf, lang } = JSON.parse(document.getElementById("settings").textContent);
  // A key that has no words is shown as it is.
  const say = (key, fields = {}) => (words[key] ?? key.replace(/^[a-z]+_/, "").replaceAll("_", " "))
    .replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? "").replace(/[\u202a-\u202e\u2066-\u2069]/g, ""));
  // Changes carry the token of this sign-in, which no other site knows.
  const send = (url, options = {}) => fetch(url, { ...options, headers: { ...options.headers, "X-CSRF-Token": csrf } });
  const asked = (answer) => answer.json().then((content) => {
    if (!answer.ok) throw new Error(content.detail);
    return content;
  });
  const said = (fault) => (fault instanceof TypeError ? say("failed") : fault.message);
  const counted = (number) => number.toLocaleString(lang === "es" ? "es-US" : "en-US");
  const percent = (share) => `${(share * 100).toFixed(1)}%`;
  // A row of a table; `numbers` are the places of cells that hold numbers.
  const line = (body, cells, numbers = []) => {
    const row = body.insertRow();
    cells.forEach((content, at) => {
      const cell = row.insertCell();
      content instanceof Node ? cell.append(content) : cell.textContent = content;
      if (numbers.includes(at)) cell.className = "number";
    });
    return row;
  };
  return { say, send, asked, said, counted, percent, line };
})();
