// Stored versions of plans: list, open, delete, export, and two of them compared.
import { planNumbers } from "./plan-numbers.js";
import { planCompared } from "./plan-tables.js";

const FILES = { "zones.geojson": "GeoJSON", "zones.zip": "Shapefile", "moves.csv": "CSV" };
const REPORTS = { html: "HTML", pdf: "PDF", xlsx: "XLSX" };
const SCREEN = "screen", TODAY = "today";
// The comparison waits until edits pause: the numbers of the plan come first.
const PAUSE_MS = 150;
const byId = (id) => document.getElementById(id);

/** What stands in the moves of a stored scenario. Later changes of one block count. */
const movesOf = (content) => Object.assign({}, ...(content.changes ?? []).map((change) => change.assign ?? {}));
const nameOf = (name, lang) => (typeof name === "string" ? name : name?.[lang] ?? Object.values(name ?? {})[0] ?? "");

/** `ask(url, options)` speaks with the service; `purpose()` is told to it where students are seen. */
export const planVersions = (plan, { ask, say, lang, purpose, today }) => {
  const { ground } = plan;
  const kept = new Map();
  let listed = [], waiting = 0;

  const address = ({ id, version }, file = "") => `/v1/scenarios/${encodeURIComponent(id)}${file && `/${file}`}?version=${version}`;
  const key = ({ id, version }) => `${id} ${version}`;
  const title = ({ name, label, version }) => `${name}, ${label || say("plan_version_n", { n: version })}`;

  const moves = async (one) => {
    if (!kept.has(key(one))) kept.set(key(one), movesOf((await ask(address(one))).content));
    return kept.get(key(one));
  };
  const button = (text, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  const link = (text, label, href) => {
    const made = document.createElement("a");
    Object.assign(made, { textContent: text, href, download: "" });
    made.setAttribute("aria-label", `${text}: ${label}`);
    return made;
  };
  const links = (one) => [
    ...Object.entries(FILES).map(([file, text]) => link(text, title(one), address(one, file))),
    link(say("plan_numbers"), title(one), `${address(one, "numbers")}&f=csv&purpose=${encodeURIComponent(purpose())}`),
    ...Object.entries(REPORTS).map(([ending, text]) =>
      link(say("plan_report", { form: text }), title(one), `${address(one, `report.${ending}`)}&lang=${lang}&purpose=${encodeURIComponent(purpose())}`)),
  ];
  const tell = (fault) => { byId("plan-saved").textContent = fault instanceof TypeError ? say("failed") : fault.message; };

  const open = (one) => moves(one).then((stored) => {
    plan.load(stored);
    fill(one);
    byId("plan-saved").textContent = say("plan_opened", { name: title(one) });
  }).catch(tell);
  const remove = (one) => {
    if (!confirm(say("plan_delete_sure", { name: one.name }))) return;
    ask(`/v1/scenarios/${encodeURIComponent(one.id)}`, { method: "DELETE" }).then(list).catch(tell);
  };
  const line = (one) => {
    const made = document.createElement("tr");
    const cells = [one.name, one.label || String(one.version), one.first_year, new Date(one.saved * 1000).toLocaleString(lang)];
    made.append(...cells.map((text, place) => {
      const cell = document.createElement(place ? "td" : "th");
      if (!place) cell.scope = "row";
      cell.textContent = text;
      return cell;
    }));
    const files = made.insertCell(), acts = made.insertCell();
    files.className = acts.className = "plan-links";
    files.append(...links(one));
    acts.append(button(say("plan_show"), say("plan_show_named", { name: title(one) }), () => open(one)),
      button(say("delete"), say("plan_delete_named", { name: one.name }), () => remove(one)));
    return made;
  };

  const list = () => ask(`/v1/scenarios?region=${encodeURIComponent(ground.region)}`).then(({ items }) => {
    listed = items.filter((item) => item.zones === ground.zones).flatMap(({ versions, ...item }) =>
      versions.map((version) => ({ ...item, ...version, name: nameOf(item.name, lang) }))).reverse();
    byId("plan-versions").tBodies[0].replaceChildren(...listed.map(line));
    for (const [id, usual] of [["plan-left", TODAY], ["plan-right", SCREEN]]) {
      const before = byId(id).value || usual;
      byId(id).replaceChildren(new Option(say("plan_today"), TODAY), new Option(say("plan_on_screen"), SCREEN),
        ...listed.map((one) => new Option(title(one), key(one))));
      byId(id).value = before;
      if (!byId(id).value) byId(id).value = usual;
    }
    return compare();
  });

  const fill = ({ name, first_year: year }) => {
    const { elements } = byId("plan-save");
    elements.name.value = name;
    elements.first_year.value = year;
  };

  // A version of the same plan has the name and the zones of the one before.
  const save = (content, label) => {
    const same = listed.find((one) => one.name === nameOf(content.name, lang));
    return ask("/v1/scenarios", { method: "POST", body: { content, label, ...(same && { id: same.id }) } })
      .then((stored) => list().then(() => stored));
  };

  const chosen = async (id) => {
    const value = byId(id).value;
    if (value === TODAY) return plan.read({});
    if (value === SCREEN) return plan.assigned;
    return plan.read(await moves(listed.find((one) => key(one) === value)));
  };
  const compare = async () => {
    const [left, right] = await Promise.all([chosen("plan-left"), chosen("plan-right")]);
    const names = ["plan-left", "plan-right"].map((id) => byId(id).selectedOptions[0].text);
    planCompared(byId("plan-compare"), ground, say, names, today, planNumbers(ground, left), planNumbers(ground, right));
    const differ = left.reduce((sum, school, block) => sum + (school !== right[block]), 0);
    byId("plan-differ").textContent = say("plan_differ", { n: differ });
  };
  for (const id of ["plan-left", "plan-right"]) byId(id).onchange = () => compare().catch(tell);

  return {
    list: () => list().catch(tell), save, tell,
    /** Compare anew where the plan on the screen is one of the two. */
    changed: () => {
      clearTimeout(waiting);
      if ([byId("plan-left").value, byId("plan-right").value].includes(SCREEN)) waiting = setTimeout(() => compare().catch(tell), PAUSE_MS);
    },
  };
};
