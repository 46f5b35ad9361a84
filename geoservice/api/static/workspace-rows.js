"use strict";
// The rows of a finished job as dots on a map that only their owner sees.
{
  const byId = (id) => document.getElementById(id);
  const { say, asked, said, counted } = workspaceWords;
  const COLOURS = { point: "#0072b2", range: "#009e73", intersection: "#cc79a7", street: "#e69f00", zip: "#d55e00", ambiguous: "#5b6670" };
  const SHAPES = { zones: { pane: 410 }, streets: { pane: 420 } };
  let map = null, dots = null, rows = [], off = new Set(), ground = [], names = null;
  // What names of streets ask of a figure on a map.
  const chart = { get map() { return map; }, layers: [], isGone: () => !map.getPane("mapPane") };

  const kindOf = (row) => (row.status === "matched" ? row.match : "ambiguous");
  // Answers come column by column, in pages.
  const fetched = async (job) => {
    const found = [];
    for (let url = `/v1/jobs/${job.id}/places`; url;) {
      const page = await fetch(url).then(asked);
      page.row.forEach((number, at) => {
        if (page.lon[at] === null) return;
        found.push({ number, lon: page.lon[at], lat: page.lat[at], status: page.status[at], match: page.match[at],
          reason: page.reason[at], around: page.uncertainty_m[at], source: page.source[at] });
      });
      url = page.next;
    }
    return found;
  };

  const drawGround = (region) => {
    for (const layer of ground) layer.remove();
    if (!names) {
      names = geoservice.names(chart);
      map.on("moveend", names.moved);
    }
    ground = Object.entries(SHAPES).map(([name]) => geoservice.tiles({ url: `/tiles/${name}/{z}/{x}/{y}.mvt?region=${encodeURIComponent(region)}` }).on("load", names.soon).addTo(map));
    chart.layers = ground.map((group) => ({ kind: "tiles", group }));
  };
  const words = (row) => {
    const kind = say(`match_${row.match ?? "none"}`);
    const text = say("row_told", { row: counted(row.number), match: row.status === "matched" ? kind : say("ambiguous"), n: counted(Math.round(row.around ?? 0)) });
    return row.source === "override" ? `${text} ${say("row_decided")}` : text;
  };
  const draw = () => {
    dots.clearLayers();
    for (const row of rows) {
      if (off.has(kindOf(row)) || (off.has("decided") && row.source !== "override")) continue;
      const fill = COLOURS[kindOf(row)] ?? COLOURS.ambiguous;
      const dot = L.circleMarker([row.lat, row.lon], { radius: 4, weight: 1, color: "#ffffff", fillColor: fill, fillOpacity: 0.9 });
      dot.on("click", () => { byId("row-told").textContent = words(row); }).bindTooltip(() => words(row));
      dots.addLayer(dot);
    }
    byId("row-map").dataset.shown = String(dots.getLayers().length);
  };

  const check = (id, text, fill) => {
    const label = document.createElement("label"), box = document.createElement("input"), mark = document.createElement("span");
    label.className = "inline";
    box.type = "checkbox";
    box.checked = true;
    box.name = id;
    mark.className = "dot";
    mark.style.background = fill;
    box.addEventListener("change", () => { box.checked ? off.delete(id) : off.add(id); draw(); });
    label.append(box, mark, text);
    return label;
  };
  const filters = () => {
    const found = new Map();
    for (const row of rows) found.set(kindOf(row), (found.get(kindOf(row)) ?? 0) + 1);
    const order = Object.keys(COLOURS).filter((kind) => found.has(kind));
    const boxes = order.map((kind) => check(kind, `${say(kind === "ambiguous" ? kind : `match_${kind}`)} ${counted(found.get(kind))}`, COLOURS[kind]));
    byId("row-filters").replaceChildren(byId("row-filters").querySelector("legend"), ...boxes);
  };

  const show = async (job) => {
    byId("row-told").textContent = say("rows_coming");
    delete byId("row-map").dataset.ready;
    rows = await fetched(job);
    off = new Set();
    if (!map) {
      map = L.map("row-map", { attributionControl: false, zoomSnap: 0.25, preferCanvas: true, scrollWheelZoom: false });
      map.createPane("streets").style.zIndex = SHAPES.zones.pane - 200;
      dots = L.featureGroup().addTo(map);
    }
    map.invalidateSize();
    const bounds = L.latLngBounds(rows.map(({ lat, lon }) => [lat, lon]));
    bounds.isValid() ? map.fitBounds(bounds, { padding: [12, 12], animate: false }) : map.setView([0, 0], 1);
    drawGround(job.region);
    filters();
    draw();
    byId("row-told").textContent = say("rows_shown", { n: counted(rows.length), total: counted(job.done) });
    byId("row-map").dataset.ready = "true";
  };
  document.addEventListener("job", (event) => show(event.detail).catch((fault) => { byId("row-told").textContent = said(fault); }));
}
