"use strict";
// Suggests streets while a family types. The list of all names is loaded once; what is typed stays in this page.
(() => {
  const MOST = 8, LEAST_LETTERS = 2;
  const form = document.querySelector("#finder"), field = form.querySelector("#address"), list = form.querySelector("#streets");
  let names = null;
  const load = async () => {
    if (names) return;
    names = [];
    const answer = await fetch(form.dataset.streets).catch(() => null);
    if (answer?.ok) names = (await answer.json()).items.map((name) => [name, ` ${name.split(",")[0].toLowerCase()}`]);
    suggest();
  };
  const suggest = () => {
    const [, number, street] = /^\s*(\d\S*\s+)?(.*)$/.exec(field.value);
    const wanted = street.trim().toLowerCase();
    const found = [];
    for (const [name, plain] of wanted.length < LEAST_LETTERS ? [] : names ?? []) {
      if (plain.includes(` ${wanted}`)) found.push(name);
      if (found.length === MOST) break;
    }
    list.replaceChildren(...found.map((name) => {
      const option = document.createElement("option");
      option.value = `${number ?? ""}${name}`;
      return option;
    }));
  };
  field.addEventListener("focus", load);
  field.addEventListener("input", suggest);
})();
