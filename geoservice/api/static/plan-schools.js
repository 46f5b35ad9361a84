// Schools to choose from, each with its students, seats and a bar of its utilisation.
import { FILLS } from "./plan-map.js";

const FULL_BAR = 1.3, OVER = 0.95, UNDER = 0.8;
const made = (name, className, ...children) => {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
};

export const share = (value) => (value === null ? "–" : `${Math.round(value * 100)}%`);
export const counted = (value) => Math.round(value).toLocaleString("en");
export const signed = (value) => (value > 0 ? `+${counted(value)}` : `−${counted(-value)}`);

/** `pick(school)` hears of the school that is chosen. */
export const planSchools = (box, filter, ground, say, pick) => {
  const usedText = (used) => {
    const fields = { share: share(used) };
    if (used > OVER) return say("plan_used_over", fields);
    return used < UNDER ? say("plan_used_under", fields) : say("plan_used", fields);
  };
  const order = ground.schools.map((school, place) => ({ ...school, place })).filter((school) => school.is_offered)
    .sort((one, other) => one.name.localeCompare(other.name));
  const rows = new Map(order.map((school) => {
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "plan-school", value: school.place });
    radio.addEventListener("change", () => pick(school.place));
    const swatch = made("span", "swatch"), fill = made("span", "fill"), figures = made("span", "figures");
    swatch.style.background = FILLS[school.colour];
    const bar = made("span", "bar", fill, made("span", "most"));
    bar.setAttribute("aria-hidden", "true");
    const row = made("label", "school", radio, swatch, made("span", "name", school.name), bar, figures);
    return [school.place, { row, radio, fill, figures, name: school.name.toLowerCase() }];
  }));
  box.replaceChildren(...[...rows.values()].map(({ row }) => row));
  filter.oninput = () => {
    for (const { row, name, radio } of rows.values()) row.hidden = !radio.checked && !name.includes(filter.value.trim().toLowerCase());
  };

  return {
    draw: (before, after) => {
      for (const [place, one] of rows) {
        if (one.students === after.students[place] && one.enrolled === after.enrolled[place]) continue;
        Object.assign(one, { students: after.students[place], enrolled: after.enrolled[place] });
        const used = after.utilisation[place];
        const change = after.students[place] - before.students[place];
        const parts = [say("plan_students", { n: counted(after.students[place]) }) + (change ? ` (${signed(change)})` : "")];
        if (used !== null) parts.push(usedText(used));
        one.figures.textContent = parts.join(", ");
        one.fill.style.width = `${(Math.min(used ?? 0, FULL_BAR) / FULL_BAR) * 100}%`;
        one.fill.className = `fill ${used > OVER ? "over" : used < UNDER ? "under" : "fits"}`;
        one.row.classList.toggle("changed", change !== 0);
      }
    },
    choose: (place) => { if (rows.has(place)) rows.get(place).radio.checked = true; },
  };
};
