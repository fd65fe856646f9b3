// The tables of counts: one for each thing that a recording can be grouped by.
const FIRST_ROWS = 100;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Radio buttons, which bring their own keyboard.
function offer(field, name, labels, chosen, choose) {
  for (const [value, label] of labels) {
    const input = element("input", { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => choose(value));
    field.append(element("label", {}, input, element("span", { textContent: label })));
  }
}

// FLOP/s that the machine allows at this intensity, or 0 where that was not measured.
function roofOf(page, flops, bytes, width) {
  if (!page.roofline || !bytes) return 0;
  return Math.min(page.roofline.peak[width || "float64"], (flops / bytes) * page.roofline.bandwidth);
}

// What reads from a cache can be faster than the memory allows.
function partOfRoof(part) {
  return part > 1 ? ">100 %" : percentage(part, 1);
}

function columnsOf(page, by) {
  const plain = (name, heading, write) => ({ heading, value: (group, row) => group[name][row], write });
  const columns = [plain("calls", "calls", amount), plain("flops", "FLOP", amount),
    plain("charged", "charged", amount), plain("bytes", "bytes", (value) => amount(value, "B"))];
  if (page.timing) {
    columns.push(plain("seconds", "time", duration));
    columns.push({
      heading: "GFLOP/s",
      value: (group, row) => (group.seconds[row] ? group.flops[row] / 1e9 / group.seconds[row] : 0),
      write: (value) => ratio(value, 1),
    });
  }
  columns.push({
    heading: "FLOP/B",
    value: (group, row) => (group.bytes[row] ? group.flops[row] / group.bytes[row] : 0),
    write: (value) => ratio(value, 1),
  });
  if (by === "op" && page.timing && page.roofline) {
    columns.push({
      heading: "of roof",
      value: (group, row) => {
        const roof = roofOf(page, group.flops[row], group.bytes[row], group.width[row]);
        return roof && group.seconds[row] ? group.flops[row] / group.seconds[row] / roof : 0;
      },
      write: (value) => (value ? partOfRoof(value) : "-"),
    });
  }
  return columns;
}

const headingOf = (by) => (by === "op" ? "operation" : by);

function makeTables(page, state) {
  const place = document.getElementById("table");
  const more = document.getElementById("more");
  const filter = document.getElementById("filter");
  let sort = null; // by the chosen measure
  let shown = FIRST_ROWS;

  function draw() {
    const group = page.groups[state.by];
    const columns = columnsOf(page, state.by);
    const share = { heading: `share of ${MEASURES[state.measure].heading}`, value: (g, row) => g[state.measure][row] };
    columns.unshift(share);
    const key = sort ? (sort.column < 0 ? null : columns[sort.column]) : share;
    const wanted = filter.value.trim().toLowerCase();
    let rows = [...group.name.keys()];
    if (wanted) rows = rows.filter((row) => `${group.name[row]} ${group.note[row]}`.toLowerCase().includes(wanted));
    const downwards = sort ? sort.downwards : true;
    const order = key
      ? (a, b) => key.value(group, b) - key.value(group, a)
      : (a, b) => (group.name[a] < group.name[b] ? 1 : group.name[a] > group.name[b] ? -1 : 0);
    rows.sort((a, b) => (downwards ? order(a, b) : -order(a, b)));

    const heads = [headingOf(state.by), ...columns.map((column) => column.heading)].map((heading, index) => {
      const button = element("button", { type: "button", textContent: heading });
      const head = element("th", { scope: "col" }, button);
      const now = index === (sort ? sort.column + 1 : 1);
      if (now) head.setAttribute("aria-sort", downwards ? "descending" : "ascending");
      button.addEventListener("click", () => {
        // A first click on numbers asks for the largest, on names for the first.
        sort = { column: index - 1, downwards: now ? !downwards : index > 0 };
        draw();
        place.querySelectorAll("th button")[index].focus();
      });
      return head;
    });
    const whole = page.totals[state.measure];
    const body = rows.slice(0, shown).map((row) => {
      const name = element("td");
      // Long names may break after a dot or a slash.
      for (const part of group.name[row].split(/(?<=[./])/)) name.append(part, element("wbr"));
      if (group.note[row]) {
        const kind = state.by === "op" ? "warn" : "";
        name.append(element("small", { className: kind, textContent: group.note[row] }));
      }
      const cells = columns.slice(1).map((column) =>
        element("td", { textContent: column.write(column.value(group, row)) }));
      const bar = element("td", { className: "share", textContent: percentage(share.value(group, row), whole) });
      bar.style.setProperty("--part", whole ? Math.min(1, share.value(group, row) / whole) : 0);
      return element("tr", {}, name, bar, ...cells);
    });
    place.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body)));
    more.hidden = rows.length <= shown;
    more.textContent = `Show all ${rows.length}`;
    if (!rows.length) place.append(element("p", { className: "hint", textContent: " No name has this in it." }));
  }

  offer(document.getElementById("by"), "by", Object.keys(page.groups).map((name) => [name, headingOf(name)]), state.by, (by) => {
    state.by = by;
    sort = null;
    shown = FIRST_ROWS;
    draw();
  });
  filter.addEventListener("input", draw);
  more.addEventListener("click", () => {
    shown = Infinity;
    draw();
  });
  draw();
  return { redraw() { sort = null; draw(); } };
}
