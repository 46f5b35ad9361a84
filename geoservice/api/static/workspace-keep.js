"use strict";
// Keep the rows of a finished job as the students of a school year: then every map has them.
{
  const form = document.getElementById("keep");
  const byId = (id) => document.getElementById(id);
  const { say, send, asked, said, counted } = workspaceWords;
  let job = null, named = false;

  const tell = (text, isWaiting = false) => {
    byId("keep-told").textContent = text;
    byId("keeping").hidden = !isWaiting;
  };
  const suggest = () => {
    const year = form.elements.year.value;
    if (!named) form.elements.name.value = `students-${year}`;
    byId("keep-button").textContent = say("keep_button", { year });
  };
  const keep = () => {
    const content = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
    content.replace = form.elements.replace.checked;
    content.only_list = true; // Maps do not choose between two lists of one year.
    tell(say("keeping"), true);
    return send(`/v1/jobs/${job.id}/students`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content),
    }).then(asked).then((kept) => {
      const problems = kept.problems.map(({ meaning, count }) => `${meaning}: ${counted(count)}.`).join(" ");
      tell(`${say("kept", { n: counted(kept.rows), matched: counted(kept.matched), year: content.year })} ${problems}`);
      document.dispatchEvent(new CustomEvent("students"));
    });
  };
  if (form) {
    document.addEventListener("job", (event) => { job = event.detail; tell(""); suggest(); });
    form.elements.year.addEventListener("input", suggest);
    form.elements.name.addEventListener("input", () => { named = true; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keep().catch((fault) => tell(said(fault)));
    });
  }
}
