"use strict";
// The chosen map: preview, link, embed code, citation, downloads, and the list of embed links.
{
  const known = JSON.parse(document.getElementById("settings").textContent);
  const { say, send } = workspaceWords;
  const form = document.getElementById("choice");
  const field = (name) => form.elements[name];
  const said = document.getElementById("said");
  const needs = () => field("map").selectedOptions[0].dataset.needs.split(" ");

  const fillAreas = () => {
    const set = known.areas.find((one) => one.id === field("areas").value);
    field("area").replaceChildren(new Option(say("whole"), ""),
      ...(set ? set.items : []).map((one) => new Option(one.name, one.id)));
  };

  const chosen = () => {
    const query = {};
    for (const [key, value] of new FormData(form)) {
      const hidden = ["zone", "school"].includes(key) && !needs().includes(key);
      if (value && key !== "map" && !hidden) query[key] = value;
    }
    return { ...query, ...view() };
  };

  const address = (ending) =>
    `/maps/${encodeURIComponent(field("map").value)}${ending}?${new URLSearchParams(chosen())}`;

  const preview = document.getElementById("preview");
  const downloads = document.getElementById("downloads");
  // The measure that the preview shows; of another map, and of one with a single measure, nothing.
  const view = () => {
    const { pathname, search, hash } = preview.contentWindow.location;
    if (pathname !== `/maps/${encodeURIComponent(field("map").value)}`) return {};
    const frame = new URLSearchParams(hash.slice(1)).get("frame") ?? "";
    const held = frame.includes("@") ? frame.split("@")[0] : new URLSearchParams(search).get("view");
    return held ? { view: held } : {};
  };
  // Pictures and data show the measure that the preview shows.
  const offer = () => {
    for (const link of downloads.querySelectorAll("a")) link.href = address(link.dataset.form);
  };
  const links = () => {
    for (const name of ["zone", "school"]) form.querySelector(`[data-for=${name}]`).hidden = !needs().includes(name);
    document.getElementById("link").href = address("");
    offer();
    said.textContent = "";
    spoken();
  };
  // The workspace in the other language keeps what is chosen, the measure of the preview too.
  const spoken = () => {
    for (const link of document.querySelectorAll(".languages a")) {
      const aim = new URLSearchParams({ region: field("region").value, map: field("map").value, ...chosen(), lang: link.lang });
      link.href = `/?${aim}`;
    }
  };
  let awaited = "";
  const show = (measure = "") => {
    awaited = address("") + (measure && `&view=${encodeURIComponent(measure)}`);
    preview.src = awaited;
    links();
  };

  // The preview has choices of its own: what is chosen there is what is copied and downloaded here.
  const follow = () => {
    const { pathname, search } = preview.contentWindow.location;
    if (awaited) { // What was chosen here is on its way, or has come.
      if (pathname + search === awaited) awaited = "";
      return;
    }
    if (pathname !== `/maps/${encodeURIComponent(field("map").value)}`) return;
    const seen = new URLSearchParams(search);
    for (const name of ["areas", "area", "band", "year", "zone", "school", "lang", "theme"]) {
      const value = seen.get(name) ?? "";
      if ([...field(name).options].some((one) => one.value === value)) field(name).value = value;
      if (name === "areas") fillAreas();
    }
    links();
  };
  // With the measure, year and place that the preview shows, which stand in its fragment.
  const linked = () => {
    const aim = new URL(address(""), location.href), { pathname, search, hash } = preview.contentWindow.location;
    if (pathname === aim.pathname && sameChoice(search, aim.search)) aim.hash = hash;
    return String(aim);
  };
  const sameChoice = (...both) => {
    const [a, b] = both.map((one) => {
      const held = new URLSearchParams(one);
      held.delete("view");
      held.sort();
      return String(held);
    });
    return a === b;
  };

  const copy = (text, copied) => {
    const box = document.getElementById("copied");
    box.value = text;
    document.getElementById("copied-box").hidden = false;
    const done = () => { said.textContent = say(copied); };
    const byHand = () => { box.select(); said.textContent = say("by_hand"); };
    navigator.clipboard ? navigator.clipboard.writeText(text).then(done, byHand) : byHand();
  };

  const citation = () => {
    const where = field("area").value ? `${field("area").selectedOptions[0].text}, ` : "";
    const today = new Date().toISOString().slice(0, 10);
    return say("citation", { region: known.name, map: field("map").selectedOptions[0].text, where, band: field("band").value,
      year: field("year").value, snapshot: known.snapshot, date: today, address: new URL(address(""), location.href) });
  };

  const asked = (answer) => answer.json().then((content) => {
    if (!answer.ok) throw new Error(content.detail);
    return content;
  });
  const failed = (fault) => { said.textContent = fault instanceof TypeError ? say("failed") : fault.message; };

  const embed = () => send("/v1/embeds", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ map: field("map").value, ...chosen() }),
  }).then(asked).then((made) => { copy(made.snippet, "copied_embed"); listLinks(); }).catch(failed);

  const cell = (row, content) => {
    const made = row.insertCell();
    content instanceof Node ? made.append(content) : made.textContent = content;
  };
  const listLinks = () => fetch("/v1/embeds").then(asked).then(({ items }) => {
    const body = document.querySelector("#links tbody");
    body.replaceChildren();
    for (const one of items) {
      const row = body.insertRow();
      const link = document.createElement("a");
      link.textContent = one.id;
      if (one.url) link.href = one.url;
      cell(row, link);
      cell(row, [...field("map").options].find(({ value }) => value === one.map)?.text ?? one.map);
      cell(row, Object.entries(one.choice).map(([key, value]) => `${say(`choice_${key}`)} ${value}`).join(", "));
      cell(row, one.expires.slice(0, 10));
      cell(row, say(`link_${one.state.replaceAll(" ", "_")}`));
      const revoke = document.createElement("button");
      revoke.textContent = say("revoke");
      revoke.setAttribute("aria-label", say("revoke_link", { id: one.id }));
      revoke.addEventListener("click", () => send(`/v1/embeds/${one.id}`, { method: "DELETE" }).then(listLinks));
      cell(row, one.state === "in use" ? revoke : "");
    }
  }).catch(failed);

  form.addEventListener("change", (event) => {
    if (event.target.name === "region") {
      location.search = new URLSearchParams({ region: field("region").value, map: field("map").value, lang: known.lang });
      return;
    }
    if (event.target.name === "areas") fillAreas();
    show();
  });
  document.getElementById("copy-link").addEventListener("click", () => copy(linked(), "copied_link"));
  document.getElementById("copy-embed").addEventListener("click", embed);
  document.getElementById("copy-citation").addEventListener("click", () => copy(citation(), "copied_citation"));
  document.addEventListener("part", (event) => { if (event.detail === "links") listLinks(); });
  preview.addEventListener("load", follow);
  for (const kind of ["pointerenter", "focusin"]) {
    downloads.addEventListener(kind, offer);
    document.querySelector(".languages").addEventListener(kind, spoken);
  }
  const wanted = new URLSearchParams(location.search);
  const take = (name) => {
    const value = wanted.get(name);
    if (value && [...field(name).options].some((one) => one.value === value)) field(name).value = value;
  };
  take("areas");
  fillAreas();
  ["area", "band", "year", "zone", "school", "theme"].forEach(take);
  show(wanted.get("view") ?? "");
}
