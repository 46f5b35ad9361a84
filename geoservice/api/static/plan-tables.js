// Tables of a plan: students by school and grade, and two plans side by side.
import { counted, share, signed } from "./plan-schools.js";

const cell = (name, text, className = "", scope = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  if (scope) made.scope = scope;
  return made;
};
const row = (name, ...cells) => {
  const made = document.createElement("tr");
  made.append(cell("th", name, "", "row"), ...cells);
  return made;
};
const head = (table, ...names) => {
  const made = document.createElement("tr");
  made.append(...names.map((name, place) => cell("th", name, place ? "number" : "", "col")));
  table.tHead.replaceChildren(made);
};

// Schools with students before or after, by name.
const shown = (ground, ...numbers) => ground.schools
  .map((school, place) => ({ ...school, place }))
  .filter(({ place }) => numbers.some((one) => one.students[place] > 0))
  .sort((one, other) => one.name.localeCompare(other.name));

/** Students by grade of each school after the plan, and by how many they change. */
export const planGrades = (table, ground, say) => {
  const grades = ground.grades.map((grade) => (grade === "all" ? say("plan_all_grades") : grade));
  head(table, say("plan_school"), say("plan_moved_out"), say("plan_moved_in"), say("plan_all_grades"), ...(ground.grades.includes("all") ? [] : grades));
  const width = ground.grades.includes("all") ? 0 : ground.grades.length;
  const rows = new Map();
  const added = (school) => {
    const cells = Array.from({ length: width + 3 }, () => cell("td", "", "number"));
    const made = row(school.name, ...cells);
    rows.set(school.place, { made, cells });
    return made;
  };
  let last = null;
  // Hundreds of schools: only the rows whose numbers changed are written.
  const isSame = (place, after) => last !== null && last.movedOut[place] === after.movedOut[place] && last.movedIn[place] === after.movedIn[place]
    && last.byGrade.subarray(place * ground.grades.length, (place + 1) * ground.grades.length)
      .every((count, grade) => count === after.byGrade[place * ground.grades.length + grade]);
  const text = (before, after) => counted(after) + (after === before ? "" : ` (${signed(after - before)})`);
  return (before, after) => {
    const schools = shown(ground, before, after);
    const isNew = schools.some(({ place }) => !rows.has(place));
    if (isNew) table.tBodies[0].replaceChildren(...schools.map((school) => rows.get(school.place)?.made ?? added(school)));
    for (const { place } of schools) {
      if (!isNew && isSame(place, after)) continue;
      const { made, cells } = rows.get(place), start = place * ground.grades.length;
      const texts = [counted(after.movedOut[place]), counted(after.movedIn[place]), text(before.students[place], after.students[place]),
        ...Array.from({ length: width }, (_, grade) => text(before.byGrade[start + grade], after.byGrade[start + grade]))];
      texts.forEach((one, number) => { if (cells[number].textContent !== one) cells[number].textContent = one; });
      made.classList.toggle("changed", after.movedOut[place] + after.movedIn[place] > 0);
    }
    last = after;
  };
};

/** Two plans beside today: students and utilisation of each school. */
export const planCompared = (table, ground, say, names, today, left, right) => {
  head(table, say("plan_school"), say("plan_today"), ...names.flatMap((name) => [name, say("plan_utilisation")]), say("plan_difference"));
  const plans = [left, right];
  const lines = shown(ground, today, left, right).map(({ name, place }) => {
    const made = row(name, cell("td", counted(today.students[place]), "number"),
      ...plans.flatMap((one) => [cell("td", counted(one.students[place]), "number"), cell("td", share(one.utilisation[place]), "number")]),
      cell("td", right.students[place] === left.students[place] ? "" : signed(right.students[place] - left.students[place]), "number"));
    made.classList.toggle("changed", left.students[place] !== right.students[place]);
    return made;
  });
  const moved = row(say("plan_moved_row"), cell("td", "0", "number"),
    ...plans.flatMap((one) => [cell("td", counted(one.moved), "number"), cell("td", "")]),
    cell("td", left.moved === right.moved ? "" : signed(right.moved - left.moved), "number"));
  table.tBodies[0].replaceChildren(moved, ...lines);
};
