// Annotated source: each line with its share of the chosen measure.
const DEAREST = 6;
// A page of a very long file is slow to open; what is far from any counted line is left out.
const AROUND = 200;

function makeSource(page, state) {
  const files = document.getElementById("file");
  const place = document.getElementById("source");
  const note = document.getElementById("source-note");
  const dearest = document.getElementById("dearest");
  const known = Object.keys(page.sources).map(Number);
  let order = []; // the dearest lines of the file that is shown

  function sumOf(file, measure) {
    return page.sources[file].counts[measure].reduce((sum, value) => sum + value, 0);
  }

  function offerFiles() {
    const chosen = files.value;
    const sums = new Map(known.map((file) => [file, sumOf(file, state.measure)]));
    known.sort((a, b) => sums.get(b) - sums.get(a));
    const option = (file) => element("option", {
      value: file,
      textContent: `${percentage(sums.get(file), page.totals[state.measure])}  ${page.files[file]}`,
    });
    // What a reader can change comes first.
    const groups = [["Your code", true], ["Other code", false]].map(([label, own]) =>
      [label, known.filter((file) => page.sources[file].own === own)]).filter(([, some]) => some.length);
    files.replaceChildren(...groups.map(([label, some]) =>
      element("optgroup", { label }, ...some.map(option))));
    if (chosen) files.value = chosen;
  }

  function row(number, text, counts, at, largest) {
    const line = element("div", { id: `line-${number}` });
    const value = at === undefined ? 0 : counts[state.measure][at];
    if (value > 0) {
      line.style.setProperty("--part", value / largest);
      line.dataset.hot = "";
    }
    line.append(
      element("span", { textContent: value > 0 ? MEASURES[state.measure].cell(value) : "" }),
      element("span", { textContent: at === undefined ? "" : amount(counts.calls[at]) }),
      element("span", { textContent: number }),
      element("span", { textContent: text }));
    return line;
  }

  function draw() {
    if (!known.length) {
      note.textContent = "No source lines were recorded: flopscope run --lines records them.";
      place.hidden = true;
      files.parentElement.hidden = true;
      return;
    }
    const source = page.sources[files.value];
    const counts = source.counts;
    note.textContent = source.note;
    const at = new Map(counts.line.map((line, index) => [line, index]));
    const largest = Math.max(...counts[state.measure], 1e-12);
    const head = element("div", { className: "head" });
    for (const heading of [MEASURES[state.measure].heading, "calls", "line", "source"]) head.append(element("span", { textContent: heading }));
    const lines = [head];
    if (source.text === null) {
      for (const [index, line] of counts.line.entries()) lines.push(row(line, counts.function[index], counts, index, largest));
    } else {
      const text = source.text.split("\n");
      const near = new Uint8Array(text.length + 2);
      for (const line of counts.line) near.fill(1, Math.max(0, line - AROUND), Math.min(near.length, line + AROUND));
      let left = false;
      text.forEach((code, index) => {
        if (near[index + 1]) lines.push(row(index + 1, code, counts, at.get(index + 1), largest));
        else if (!left) lines.push(element("div", {}, "", "", "", element("span", { textContent: "…" })));
        left = !near[index + 1];
      });
    }
    place.replaceChildren(...lines);
    order = [...counts.line.keys()].filter((index) => counts[state.measure][index] > 0)
      .sort((a, b) => counts[state.measure][b] - counts[state.measure][a]).slice(0, DEAREST).map((index) => counts.line[index]);
    dearest.replaceChildren(...(order.length ? ["Dearest lines"] : []), ...order.map((number) => {
      const button = element("button", { type: "button", textContent: number });
      button.addEventListener("click", () => jump(number));
      return button;
    }));
  }

  function jump(number) {
    for (const line of place.querySelectorAll(".jump")) line.classList.remove("jump");
    const line = document.getElementById(`line-${number}`);
    if (!line) return;
    line.classList.add("jump");
    bringUp(line);
  }

  function bringUp(line) {
    place.scrollTop = line.offsetTop - place.offsetTop - place.clientHeight / 3;
  }

  // A file begins with its imports; what somebody looks for is its dearest line.
  function begin() {
    draw();
    place.scrollTop = 0;
    const line = order.length ? document.getElementById(`line-${order[0]}`) : null;
    if (line && line.offsetTop - place.offsetTop + line.offsetHeight > place.clientHeight) bringUp(line);
  }

  files.addEventListener("change", begin);
  offerFiles();
  begin();
  return {
    redraw() {
      offerFiles();
      draw();
    },
    show(file, line) {
      files.value = file;
      draw();
      jump(line);
      document.getElementById("source-heading").scrollIntoView();
      place.focus({ preventScroll: true });
    },
  };
}
