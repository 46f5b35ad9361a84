"use strict";
// A report of one's own: figures as they are in the preview, kept in this browser until they are written.
{
  const byId = (id) => document.getElementById(id);
  const { say, send, asked, said } = workspaceWords;
  const known = JSON.parse(byId("settings").textContent);
  const KEY = `geoservice-report-${known.region}`, MOST = 30;
  const form = byId("report");
  let figures = [];

  const remember = () => { try { localStorage.setItem(KEY, JSON.stringify(figures)); } catch { /* A private window keeps nothing. */ } };
  const recall = () => { try { figures = JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { figures = []; } };
  const tell = (text, isWaiting = false) => {
    byId("report-told").textContent = text;
    byId("report-coming").hidden = !isWaiting;
  };
  const button = (text, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", () => { act(); remember(); list(); });
    return made;
  };
  const list = () => {
    form.hidden = !figures.length;
    byId("report-figures").replaceChildren(...figures.map((figure, at) => {
      const item = document.createElement("li");
      const told = ["area", "band", "year", "zone", "school"].map((name) => figure.choice[name]).filter(Boolean).join(", ");
      const actions = document.createElement("span");
      actions.className = "actions plain";
      if (at) actions.append(button("↑", say("report_up", { title: figure.title }), () => figures.splice(at - 1, 0, ...figures.splice(at, 1))));
      actions.append(button(say("report_remove"), say("report_remove_named", { title: figure.title }), () => figures.splice(at, 1)));
      item.append(told ? `${figure.title} (${told}) ` : `${figure.title} `, actions);
      return item;
    }));
  };
  const write = (ending) => {
    tell(say("report_coming"), true);
    const body = { title: form.elements.title.value, lang: known.lang, region: known.region,
      figures: figures.map(({ map, choice: { region, lang, theme, ...choice } }) => ({ map, ...choice })) };
    return send(`/v1/reports?f=${ending}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
      .then((answer) => (answer.ok ? answer.blob() : asked(answer)))
      .then((content) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(content);
        link.download = `report.${ending}`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
        tell(say("report_written"));
      });
  };

  byId("report-add").addEventListener("click", () => {
    const figure = workspaceMap.current();
    if (figures.length >= MOST) { tell(say("report_full")); return; }
    figures.push(figure);
    remember();
    list();
    tell(say("report_added", { title: figure.title }));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    write(event.submitter?.value ?? "html").catch((fault) => tell(said(fault)));
  });
  recall();
  list();
}
