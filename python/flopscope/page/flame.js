// The flame graph: the page works out which boxes are wide enough to be seen, Bokeh draws them.
const ROW = 18; // pixels
const DEEPEST = 60; // rows that are drawn; deeper ones are reached by a click
// Boxes narrower than this, in pixels, are not drawn: far down already where nothing can be read,
// or one import within another would make the graph as high as the screen.
const NARROWEST = 0.7;
const DEEP = 25;
const NARROWEST_DEEP = 12;
const CHARACTER = 6.65; // pixels of a letter of 11px monospace

const FLAME_COLORS = {
  light: { own: ["#f2a65a", "#f4b878"], library: ["#c3cbd8", "#d3d9e3"], operation: ["#7fb5e6", "#98c5ee"],
    ink: "#14171d", edge: "#ffffff", found: "#e0527d", chosen: "#0b63b5", above: "#e8ebf0" },
  dark: { own: ["#a8621f", "#96571b"], library: ["#4a5364", "#414957"], operation: ["#2f6ba3", "#295f92"],
    ink: "#f2f4f8", edge: "#14171d", found: "#c13c69", chosen: "#9ccbf7", above: "#2a303b" },
};

// Node 0 is the whole program; nodes stand after their parents.
function makeTree(page) {
  const { up, frames, rows } = page.tree;
  const inner = up.length;
  const count = inner + rows.node.length + 1;
  const parent = new Int32Array(count);
  const firstChild = new Int32Array(count).fill(-1);
  const next = new Int32Array(count).fill(-1);
  const totals = {};
  parent[0] = -1;
  for (let node = 0; node < inner; node++) parent[node + 1] = node + 1 - up[node];
  for (let row = 0; row < rows.node.length; row++) parent[inner + 1 + row] = rows.node[row] + 1;
  for (let node = count - 1; node > 0; node--) {
    next[node] = firstChild[parent[node]];
    firstChild[parent[node]] = node;
  }
  function total(measure) {
    if (totals[measure]) return totals[measure];
    const sums = new Float64Array(count);
    sums.set(rows[measure], inner + 1);
    for (let node = count - 1; node > 0; node--) sums[parent[node]] += sums[node];
    return (totals[measure] = sums);
  }
  function describe(node) {
    if (node === 0) return { kind: "library", name: "whole program", place: "" };
    if (node > inner) return { kind: "operation", name: page.tree.operations[rows.operation[node - inner - 1]], place: "operation" };
    const frame = page.tree.table[frames[node - 1]];
    return { kind: frame.own ? "own" : "library", name: frame.function, place: page.files[frame.file], file: frame.file, line: frame.line };
  }
  function children(node, sums) {
    const found = [];
    for (let child = firstChild[node]; child >= 0; child = next[child]) if (sums[child] > 0) found.push(child);
    return found.sort((a, b) => sums[b] - sums[a]);
  }
  return { parent, total, describe, children, count };
}

function makeFlame(page, state, plot, showSource) {
  const tree = makeTree(page);
  const place = document.getElementById("flame");
  const chosenText = document.getElementById("chosen");
  const find = document.getElementById("find");
  const boxes = plot.document.get_model_by_name("boxes");
  const labels = plot.document.get_model_by_name("labels");
  const outline = plot.document.get_model_by_name("outline");
  let root = 0;
  let chosen = 0;
  let drawn = []; // {node, left, right, depth}

  function matches(node, wanted) {
    return wanted !== "" && tree.describe(node).name.toLowerCase().includes(wanted);
  }

  function lay(width) {
    const sums = tree.total(state.measure);
    const found = [];
    const above = [];
    for (let node = tree.parent[root]; node >= 0; node = tree.parent[node]) above.unshift(node);
    above.forEach((node, depth) => found.push({ node, left: 0, right: 1, depth, above: true }));
    const whole = sums[root] || 1;
    const visit = [{ node: root, left: 0, depth: above.length }];
    while (visit.length) {
      const { node, left, depth } = visit.pop();
      found.push({ node, left, right: left + sums[node] / whole, depth, above: false });
      if (depth >= DEEPEST) continue;
      const narrowest = (depth < DEEP ? NARROWEST : NARROWEST_DEEP) / width;
      let from = left;
      for (const child of tree.children(node, sums)) {
        const part = sums[child] / whole;
        if (part < narrowest) break; // they are sorted: what follows is narrower
        visit.push({ node: child, left: from, depth: depth + 1 });
        from += part;
      }
    }
    return found;
  }

  function fit(text, pixels) {
    const room = Math.floor((pixels - 8) / CHARACTER);
    if (room < 3) return "";
    return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
  }

  function draw() {
    const width = Math.max(place.clientWidth, 200);
    const colors = FLAME_COLORS[state.theme];
    const sums = tree.total(state.measure);
    const wanted = find.value.trim().toLowerCase();
    drawn = lay(width);
    const rows = 1 + drawn.reduce((deepest, box) => Math.max(deepest, box.depth), 0);
    const box = { left: [], right: [], top: [], bottom: [], color: [], name: [], place: [], amount: [], share: [] };
    const label = { x: [], y: [], text: [], color: [] };
    for (const one of drawn) {
      const { kind, name, place: where } = tree.describe(one.node);
      box.left.push(one.left);
      box.right.push(one.right);
      box.top.push(rows - one.depth);
      box.bottom.push(rows - one.depth - 1);
      box.color.push(matches(one.node, wanted) ? colors.found : one.above ? colors.above : colors[kind][one.depth % 2]);
      box.name.push(name);
      box.place.push(where);
      box.amount.push(MEASURES[state.measure].write(sums[one.node]));
      box.share.push(`${percentage(sums[one.node], sums[0])} of the program`);
      const text = fit(name, (one.right - one.left) * width);
      if (text) {
        label.x.push(one.left);
        label.y.push(rows - one.depth - 0.5);
        label.text.push(text);
        label.color.push(colors.ink);
      }
    }
    plot.setv({ height: rows * ROW + 2 });
    plot.y_range.setv({ start: 0, end: rows });
    boxes.data = box;
    labels.data = label;
    plot.renderers[0].glyph.line_color = { value: colors.edge };
    place.style.height = `${rows * ROW + 2}px`;
    showChosen();
    showFound(wanted, sums);
  }

  // The share of what is in any found box; one in another is not counted twice.
  function showFound(wanted, sums) {
    const text = document.getElementById("found");
    if (!wanted) {
      text.textContent = "";
      return;
    }
    const inside = new Uint8Array(tree.count);
    let sum = 0;
    for (let node = 1; node < tree.count; node++) {
      const covered = inside[tree.parent[node]];
      const is = matches(node, wanted);
      if (is && !covered) sum += sums[node];
      inside[node] = covered || is ? 1 : 0;
    }
    text.textContent = `${percentage(sum, sums[0])} of ${MEASURES[state.measure].heading}`;
  }

  function showChosen() {
    const colors = FLAME_COLORS[state.theme];
    const box = drawn.find((one) => one.node === chosen);
    const rows = plot.y_range.end;
    outline.data = box
      ? { left: [box.left], right: [box.right], top: [rows - box.depth], bottom: [rows - box.depth - 1] }
      : { left: [], right: [], top: [], bottom: [] };
    plot.renderers[1].glyph.line_color = { value: colors.chosen };
    const about = tree.describe(chosen);
    const facts = Object.keys(MEASURES).filter((name) => name !== "seconds" || page.timing).map((name) => {
      const sums = tree.total(name);
      return `${MEASURES[name].write(sums[chosen])} (${percentage(sums[chosen], sums[0])})`;
    });
    chosenText.replaceChildren(element("strong", { textContent: about.name }), ` ${about.place} · ${facts.join(" · ")} `);
    if (about.file !== undefined && page.sources[about.file]) {
      const button = element("button", { type: "button", textContent: "Show source" });
      button.addEventListener("click", () => showSource(about.file, about.line));
      chosenText.append(button);
    }
  }

  function choose(node, zoom) {
    chosen = node;
    if (zoom) {
      root = node;
      draw();
    } else showChosen();
  }

  plot.on_event("tap", (event) => {
    const depth = Math.floor(plot.y_range.end - event.y);
    const hit = drawn.find((box) => box.depth === depth && box.left <= event.x && event.x < box.right);
    if (hit) choose(hit.node, true);
  });
  place.addEventListener("keydown", (event) => {
    const sums = tree.total(state.measure);
    const seen = (node) => drawn.some((box) => box.node === node);
    const beside = chosen === 0 ? [0] : tree.children(tree.parent[chosen], sums).filter(seen);
    const here = beside.indexOf(chosen);
    const down = tree.children(chosen, sums)[0];
    let to;
    if (event.key === "ArrowDown") to = down;
    else if (event.key === "ArrowUp") to = tree.parent[chosen];
    else if (event.key === "ArrowLeft") to = beside[here - 1];
    else if (event.key === "ArrowRight") to = beside[here + 1];
    else if (event.key === "Enter") to = chosen;
    else if (event.key === "Escape" || event.key === "Home") to = 0;
    else return;
    event.preventDefault();
    if (to === undefined || to < 0) return;
    choose(to, event.key === "Enter" || event.key === "Escape" || event.key === "Home" || !seen(to));
  });
  document.getElementById("whole").addEventListener("click", () => choose(0, true));
  find.addEventListener("input", draw);
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    draw();
  }).observe(place);
  draw();
  return { redraw: draw };
}
