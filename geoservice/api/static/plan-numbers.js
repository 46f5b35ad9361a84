// The numbers of a plan, from students by block, grade and school. It knows no page and no service.

export const NO_SCHOOL = -1;

/** Numbers of all schools after a plan; `assigned` holds a school per block, NO_SCHOOL for today's. */
export const planNumbers = (ground, assigned) => {
  const { cells, schools, grades } = ground;
  const size = schools.length, width = grades.length;
  const students = new Float64Array(size), enrolled = Float64Array.from(schools, (school) => school.enrolled_elsewhere);
  const byGrade = new Float64Array(size * width), movedOut = new Float64Array(size), movedIn = new Float64Array(size);
  let moved = 0;
  for (let row = 0; row < cells.students.length; row += 1) {
    const block = cells.block[row], right = cells.school[row], count = cells.students[row];
    const planned = block === NO_SCHOOL ? NO_SCHOOL : assigned[block];
    const after = planned === NO_SCHOOL ? right : planned;
    if (after === NO_SCHOOL) continue;
    students[after] += count;
    enrolled[after] += cells.following[row];
    if (cells.grade[row] >= 0) byGrade[after * width + cells.grade[row]] += count;
    if (right === NO_SCHOOL || right === after) continue;
    moved += count;
    movedOut[right] += count;
    movedIn[after] += count;
  }
  const utilisation = schools.map((school, place) => (school.seats ? enrolled[place] / school.seats : null));
  return { students, enrolled, utilisation, byGrade, movedOut, movedIn, moved };
};

/** Students of each block today, all grades together. */
export const studentsByBlock = (ground) => {
  const sums = new Float64Array(ground.blocks.length);
  ground.cells.block.forEach((block, row) => { if (block >= 0) sums[block] += ground.cells.students[row]; });
  return sums;
};
