// The tab "Plan": opens a plan, and joins map, list, schools, numbers and versions.
import { planList } from "./plan-list.js";
import { planMap } from "./plan-map.js";
import { NO_SCHOOL, planNumbers, studentsByBlock } from "./plan-numbers.js";
import { counted, planSchools } from "./plan-schools.js";
import { Plan } from "./plan-steps.js";
import { planGrades } from "./plan-tables.js";
import { planVersions } from "./plan-versions.js";

const byId = (id) => document.getElementById(id);
const { say, send } = workspaceWords;
const { lang } = JSON.parse(byId("settings").textContent);
const form = byId("plan-open");
let editor = null;

const ask = async (url, { method = "GET", body } = {}) => {
  const options = body ? { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : { method };
  const answer = await send(url, options);
  const content = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(content.detail);
  return content;
};
const option = () => form.elements.region.selectedOptions[0];
const fillZones = () => form.elements.zones.replaceChildren(
  ...option().dataset.zones.split(" ").filter(Boolean).map((zones) => new Option(zones, zones)));
// A button that cannot be used keeps the keyboard's focus.
const able = (id, isAble) => byId(id).setAttribute("aria-disabled", String(!isAble));
const nextYear = (year) => year.replace(/(\d{4})-(\d{2})/, (_, from) => `${Number(from) + 1}-${String((Number(from) + 2) % 100).padStart(2, "0")}`);
const slug = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "plan";

// One plan at work: everything below changes with it.
const start = (ground, purpose) => {
  const plan = new Plan(ground);
  const today = planNumbers(ground, plan.assigned);
  const students = studentsByBlock(ground);
  const said = byId("plan-said");
  let chosen = NO_SCHOOL, numbers = today;

  const schoolName = (place) => (place === NO_SCHOOL ? say("plan_no_school") : ground.schools[place].name);
  const told = (block) => {
    const { id, school } = ground.blocks[block], n = counted(students[block]);
    const fields = { block: id, school: schoolName(plan.schoolOf(block)), n, today: schoolName(school) };
    return plan.isMoved(block) ? say("plan_block_moved", fields) : say("plan_block", fields);
  };
  const moving = () => say("plan_moving", { n: counted(numbers.moved), blocks: counted(plan.movedBlocks) });

  const choose = (school) => {
    chosen = school;
    schools.choose(school);
    map.choose(school);
    list.choose(school);
    said.textContent = say("plan_chosen", { school: schoolName(school) });
  };
  const edit = (act) => {
    if (chosen === NO_SCHOOL) { said.textContent = say("plan_choose_first"); return; }
    const changed = act();
    said.textContent = changed ? `${say("plan_changed", { n: changed, school: schoolName(chosen) })} ${moving()}` : say("plan_unchanged");
  };
  const pick = (block) => edit(() => plan.toggle(block, chosen));
  const reach = (block) => { said.textContent = told(block); };

  const schools = planSchools(byId("plan-school-list"), byId("plan-school-filter"), ground, say, choose);
  const map = planMap(byId("plan-map"), plan, {
    pick, told, school: choose,
    reach: (block) => { list.mark(block); reach(block); },
    lasso: (blocks) => edit(() => plan.assign(blocks, chosen)),
  });
  const list = planList(byId("plan-block-list"), byId("plan-block-filter"), byId("plan-block-kind"), plan, {
    pick, told, reach,
    counted: (shown, all) => { byId("plan-block-count").textContent = say("plan_shown", { n: counted(shown), all: counted(all) }); },
  });
  const grades = planGrades(byId("plan-grades"), ground, say);
  const versions = planVersions(plan, { ask, say, lang, today, purpose: () => purpose });

  const count = () => {
    numbers = planNumbers(ground, plan.assigned);
    byId("plan-moved").textContent = counted(numbers.moved);
    byId("plan-moved-text").textContent = say("plan_moved_text", { blocks: counted(plan.movedBlocks) });
    schools.draw(today, numbers);
    grades(today, numbers);
    able("plan-undo", plan.canUndo);
    able("plan-redo", plan.canRedo);
    able("plan-clear", plan.assigned.some((school) => school !== NO_SCHOOL));
  };
  plan.addEventListener("change", ({ detail: blocks }) => {
    count();
    map.draw(blocks);
    list.draw(blocks);
    versions.changed();
  });

  const turn = (act) => { act(); said.textContent = moving(); };
  byId("plan-undo").onclick = () => turn(() => plan.undo());
  byId("plan-redo").onclick = () => turn(() => plan.redo());
  byId("plan-clear").onclick = () => turn(() => plan.load({}));
  byId("plan-lasso").onclick = () => {
    map.lasso.turn(!map.lasso.isOn);
    byId("plan-lasso").setAttribute("aria-pressed", String(map.lasso.isOn));
  };
  document.onkeydown = (event) => {
    const key = event.key.toLowerCase();
    if (byId("panel-plan").hidden || !(event.ctrlKey || event.metaKey) || event.target.matches("input:not([type=radio])")) return;
    if (key === "z" && !event.shiftKey) turn(() => plan.undo());
    else if (key === "y" || key === "z") turn(() => plan.redo());
    else return;
    event.preventDefault();
  };

  const content = (name, year) => ({
    id: slug(name), name: { [lang]: name }, region: ground.region, zones: ground.zones, first_year: year,
    changes: Object.keys(plan.moves()).length ? [{ assign: plan.moves() }] : [],
  });
  // The service counts the plan by itself: its numbers and those of the page must be the same.
  const check = async (scenario) => {
    const { items } = await ask("/v1/scenarios/numbers", { method: "POST", body: { content: scenario, purpose } });
    const held = new Map(ground.schools.map((school, place) => [school.id, place]));
    const grade = new Map(ground.grades.map((name, place) => [name, place])), width = ground.grades.length;
    const ours = ({ year, by, unit, grade: of, measure }) => {
      const place = held.get(unit);
      if (year !== "today") return undefined;
      if (by === "district" && of === "all" && measure === "moved") return numbers.moved;
      if (by !== "school" || place === undefined) return undefined;
      if (of !== "all") return measure === "students" ? numbers.byGrade[place * width + grade.get(of)] : undefined;
      return { students: numbers.students, enrolled: numbers.enrolled, moved_out: numbers.movedOut, moved_in: numbers.movedIn }[measure]?.[place];
    };
    const compared = items.filter((item) => ours(item) !== undefined);
    const other = compared.filter((item) => ours(item) !== item.after);
    return other.length ? say("plan_check_differs", { n: other.length, all: compared.length }) : say("plan_check_same", { n: compared.length });
  };
  const checked = () => {
    const { name, first_year: year } = byId("plan-save").elements;
    return check(content(name.value || "plan", year.value));
  };
  byId("plan-check").onclick = () => checked().then((text) => { said.textContent = text; }).catch((fault) => { said.textContent = fault.message; });
  byId("plan-save").onsubmit = (event) => {
    event.preventDefault();
    const { name, label, first_year: year } = event.target.elements;
    const scenario = content(name.value.trim(), year.value.trim());
    versions.save(scenario, label.value.trim()).then(async (stored) => {
      const text = await check(scenario);
      byId("plan-saved").textContent = `${say("plan_stored", { version: stored.version, name: name.value.trim() })} ${text}`;
      label.value = "";
    }).catch(versions.tell);
  };
  byId("plan-save").elements.first_year.value = nextYear(option().dataset.year);

  count();
  list.draw(ground.blocks.keys());
  versions.list();
  return { plan, map, numbers: () => numbers };
};

const open = async (event) => {
  event.preventDefault();
  const state = byId("plan-state");
  const { region, zones, purpose } = form.elements;
  state.textContent = say("plan_opening");
  delete byId("panel-plan").dataset.ready;
  try {
    const ground = await ask("/v1/scenarios/ground", { method: "POST", body: { region: region.value, zones: zones.value, purpose: purpose.value } });
    byId("plan-editor").hidden = false;
    editor?.map.remove();
    editor = start(ground, purpose.value);
    state.textContent = say("plan_is_open", { blocks: counted(ground.blocks.length), zones: zones.value });
    byId("panel-plan").dataset.ready = "";
    byId("panel-plan").dispatchEvent(new CustomEvent("plan", { detail: editor }));
  } catch (fault) {
    state.textContent = fault instanceof TypeError ? say("failed") : fault.message;
  }
};

form.addEventListener("submit", open);
form.elements.region.addEventListener("change", fillZones);
document.addEventListener("part", ({ detail }) => { if (detail === "plan") editor?.map.fit(); });
fillZones();
