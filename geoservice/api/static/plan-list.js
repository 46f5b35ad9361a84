// The list of blocks: filtered by text, walked with the arrow keys, assigned with the space bar.
const folded = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

/** `on` has `told(block)`, `pick(block)`, `reach(block)`, `counted(shown, all)`. */
export const planList = (box, filter, kind, plan, on) => {
  const { blocks } = plan.ground;
  let chosen = -1, current = -1, shown = [];

  const options = blocks.map((block, place) => {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `plan-block-${place}`;
    option.addEventListener("click", () => { reach(place); on.pick(place); });
    return option;
  });
  const write = (places) => {
    for (const place of places) {
      options[place].textContent = on.told(place);
      options[place].classList.toggle("moved", plan.isMoved(place));
      options[place].setAttribute("aria-selected", String(plan.schoolOf(place) === chosen));
    }
  };
  const KINDS = { all: () => true, moved: (place) => plan.isMoved(place), chosen: (place) => plan.schoolOf(place) === chosen };
  const sift = () => {
    const wanted = folded(filter.value.trim());
    shown = blocks.flatMap((_, place) =>
      (KINDS[kind.value](place) && folded(options[place].textContent).includes(wanted) ? [place] : []));
    box.replaceChildren(...shown.map((place) => options[place]));
    if (!shown.includes(current)) mark(-1);
    on.counted(shown.length, blocks.length);
  };
  const mark = (place) => {
    options[current]?.classList.remove("current");
    current = place;
    options[place]?.classList.add("current");
    if (place >= 0 && options[place].isConnected) box.setAttribute("aria-activedescendant", options[place].id);
    else box.removeAttribute("aria-activedescendant");
  };
  const reach = (place) => {
    mark(place);
    options[place].scrollIntoView({ block: "nearest" });
    on.reach(place);
  };

  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    const at = shown.indexOf(current), last = shown.length - 1;
    const to = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last, PageDown: Math.min(at + 10, last), PageUp: Math.max(at - 10, 0) }[event.key];
    if (to !== undefined) { if (shown[to] !== undefined) reach(shown[to]); }
    else if ((event.key === " " || event.key === "Enter") && at >= 0) on.pick(current);
    else return;
    event.preventDefault();
  });
  // A click has its own aim.
  box.addEventListener("focus", () => { if (current < 0 && shown.length && box.matches(":focus-visible")) reach(shown[0]); });
  filter.oninput = kind.onchange = sift;
  write(blocks.keys());
  sift();
  return {
    /** Show blocks as they are after a change. The list keeps them until it is filtered anew. */
    draw: write,
    choose: (school) => {
      const before = chosen;
      chosen = school;
      write(blocks.flatMap((_, place) => ([before, school].includes(plan.schoolOf(place)) ? [place] : [])));
      if (kind.value === "chosen") sift();
    },
    mark,
  };
};
