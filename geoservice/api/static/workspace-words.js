"use strict";
// Words of the page's language, with their fields filled in; a key that has none is shown as it is.
const workspaceWords = (() => {
  const { words, csrf } = JSON.parse(document.getElementById("settings").textContent);
  const say = (key, fields = {}) => (words[key] ?? key.replace(/^[a-z]+_/, "").replaceAll("_", " "))
    .replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? "").replace(/[\u202a-\u202e\u2066-\u2069]/g, ""));
  // Changes carry the token of this sign-in, which no other site knows.
  const send = (url, options = {}) => fetch(url, { ...options, headers: { ...options.headers, "X-CSRF-Token": csrf } });
  return { say, send };
})();
