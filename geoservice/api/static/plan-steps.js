// A plan: the school of each block, with steps that can be undone and done again.
import { NO_SCHOOL } from "./plan-numbers.js";

export class Plan extends EventTarget {
  #done = [];
  #undone = [];

  constructor(ground) {
    super();
    this.ground = ground;
    this.assigned = new Int32Array(ground.blocks.length).fill(NO_SCHOOL);
    this.schoolPlaces = new Map(ground.schools.map((school, place) => [school.id, place]));
    this.blockPlaces = new Map(ground.blocks.map((block, place) => [block.id, place]));
  }

  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  /** The school of a block after the plan. */
  schoolOf(block) {
    return this.assigned[block] === NO_SCHOOL ? this.ground.blocks[block].school : this.assigned[block];
  }

  isMoved(block) {
    return this.assigned[block] !== NO_SCHOOL && this.assigned[block] !== this.ground.blocks[block].school;
  }

  get movedBlocks() { return this.ground.blocks.filter((_, block) => this.isMoved(block)).length; }

  /** Give blocks a school as one step; the answer is the number of blocks that change. */
  assign(blocks, school) {
    // A block that today's zones cut is assigned even to its own school: its other students move.
    const value = (block) => {
      const { school: today, is_cut: isCut } = this.ground.blocks[block];
      return school === today && !isCut ? NO_SCHOOL : school;
    };
    return this.#take(blocks.map((block) => [block, this.assigned[block], value(block)]));
  }

  /** Give blocks their school of today as one step. */
  release(blocks) {
    return this.#take(blocks.map((block) => [block, this.assigned[block], NO_SCHOOL]));
  }

  /** Assign a block, or give it back its school of today where it has the school already. */
  toggle(block, school) {
    return this.assigned[block] === school ? this.release([block]) : this.assign([block], school);
  }

  undo() { this.#turn(this.#done, this.#undone, 1); }
  redo() { this.#turn(this.#undone, this.#done, 2); }

  /** The blocks that are assigned, as a scenario file holds them: school by block, both by id. */
  moves() {
    const { blocks, schools } = this.ground;
    return Object.fromEntries(blocks.flatMap((block, place) =>
      (this.assigned[place] === NO_SCHOOL ? [] : [[block.id, schools[this.assigned[place]].id]])));
  }

  /** What stands in a scenario's moves, as an array of schools. Names that are unknown are left out. */
  read(moves) {
    const read = new Int32Array(this.assigned.length).fill(NO_SCHOOL);
    for (const [block, school] of Object.entries(moves)) {
      const place = this.blockPlaces.get(block), to = this.schoolPlaces.get(school);
      if (place !== undefined && to !== undefined) read[place] = to;
    }
    return read;
  }

  /** Replace the whole plan as one step. */
  load(moves) {
    const wanted = this.read(moves);
    return this.#take([...wanted].map((school, block) => [block, this.assigned[block], school]));
  }

  #take(changes) {
    const step = changes.filter(([, before, after]) => before !== after);
    if (!step.length) return 0;
    this.#done.push(step);
    this.#undone = [];
    this.#apply(step, 2);
    return step.length;
  }

  #turn(from, to, side) {
    const step = from.pop();
    if (!step) return;
    to.push(step);
    this.#apply(step, side);
  }

  #apply(step, side) {
    for (const change of step) this.assigned[change[0]] = change[side];
    this.dispatchEvent(new CustomEvent("change", { detail: step.map(([block]) => block) }));
  }
}
