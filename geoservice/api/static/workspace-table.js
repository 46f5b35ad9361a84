"use strict";
// Reads the first rows of a text table in the browser, and guesses what its columns hold.
const workspaceTable = (() => {
  const FIRST_BYTES = 262144;
  const GUESSES = {
    address: /^(full|home|street|mailing|residen\w*)?[ _.-]*address([ _.-]*(1|line|line1|full))?$|^addr(1|ess1)?$|^(direcci[oó]n|domicilio)( (de )?(casa|completa))?$/i,
    street: /^(street|street[ _.-]*(name|line|address))$|^calle$/i,
    city: /^((home|res)[ _.-]*)?(city|town|municipality)$|^ciudad$/i,
    state: /^((home|res)[ _.-]*)?(state|st)$|^estado$/i,
    zip: /^((home|res)[ _.-]*)?(zip|zip[ _.-]*code|postal([ _.-]*code)?|postcode|zip5)$|^c[oó]digo[ _.-]*postal$/i,
    grade: /^(grade|grade[ _.-]*(level|code)|gr|grd|grado)$/i,
    school: /^(school|school[ _.-]*(id|code|no|number)|schno|site([ _.-]*id)?|escuela)$/i,
    id: /^(id|(student|pupil|local|state|stu|sasid|ssid)[ _.-]*(id|no|number)?)$|^(id|n[uú]mero)[ _.-]*(de )?(estudiante|alumno)$|^(alumno|estudiante)[ _.-]*(id|n[ºo°])$/i,
  };

  const decoded = (bytes) => {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
    const strict = new TextDecoder("utf-8", { fatal: true });
    try { return strict.decode(bytes, { stream: true }); } catch { return new TextDecoder("windows-1252").decode(bytes); }
  };

  // Fields may be quoted, hold line ends, and double their quotes.
  const parsed = (text, mark, most) => {
    const rows = [];
    let row = [], cell = "", quoted = false;
    for (let at = 0; at < text.length && rows.length < most; at += 1) {
      const sign = text[at];
      if (quoted) {
        if (sign === '"' && text[at + 1] === '"') { cell += '"'; at += 1; }
        else if (sign === '"') quoted = false;
        else cell += sign;
      } else if (sign === '"' && cell === "") quoted = true;
      else if (sign === mark) { row.push(cell); cell = ""; }
      else if (sign === "\n") { row.push(cell.replace(/\r$/, "")); rows.push(row); row = []; cell = ""; }
      else cell += sign;
    }
    if (rows.length < most && (cell || row.length)) { row.push(cell); rows.push(row); }
    return rows.filter((one) => one.some((value) => value.trim()));
  };

  const separator = (text) => {
    const line = text.split("\n", 1)[0];
    return [",", ";", "\t", "|"].map((mark) => [line.split(mark).length, mark]).sort((a, b) => b[0] - a[0])[0][1];
  };

  const unzipped = (blob) => new Response(blob.stream().pipeThrough(new DecompressionStream("gzip")));

  const firstRows = async (file, most) => {
    const packed = /\.gz$/i.test(file.name);
    let bytes;
    if (packed) {
      const reader = unzipped(file).body.getReader();
      const parts = [];
      for (let size = 0; size < FIRST_BYTES;) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
        size += value.length;
      }
      reader.cancel();
      bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    } else bytes = new Uint8Array(await file.slice(0, FIRST_BYTES).arrayBuffer());
    const text = decoded(bytes).replace(/^\ufeff/, "");
    return parsed(text, separator(text), most);
  };

  const guessed = (columns) => {
    const found = {};
    for (const [field, pattern] of Object.entries(GUESSES)) {
      const column = columns.find((one) => pattern.test(one.trim()) && !Object.values(found).includes(one));
      if (column !== undefined) found[field] = column;
    }
    if (found.address && found.street) delete found.street;
    return found;
  };

  // Names as the service knows them: a second `a` is `a_2`, an empty one `column_3`.
  const named = (header) => {
    const taken = new Set();
    return header.map((text, at) => {
      const base = text.trim() || `column_${at + 1}`;
      let name = base;
      for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
      taken.add(name);
      return name;
    });
  };

  return { firstRows, guessed, named, isText: (name) => /\.(csv|tsv|txt)(\.gz)?$/i.test(name) };
})();
