// The roofline plot: operations below what the machine allows at their arithmetic intensity.
const NAMED_DOTS = 8;
const ROOF_COLORS = {
  light: { ink: "#1d2330", dim: "#5c6577", grid: "#e3e7ee", dot: { float64: "#0b63b5", float32: "#c2571a" }, roof: "#8a4b00" },
  dark: { ink: "#e6e9ef", dim: "#9aa4b6", grid: "#2a303b", dot: { float64: "#78b7f2", float32: "#f0a268" }, roof: "#ffc987" },
};

function makeRoofline(page, state, plot) {
  const model = (name) => plot.document.get_model_by_name(name);
  const group = page.groups.op;
  const rows = [...group.name.keys()].filter((row) => group.flops[row] && group.bytes[row] && group.seconds[row]);

  function bounds(values, wide) {
    if (!values.length) return [0.1, 10];
    return [10 ** Math.floor(Math.log10(Math.min(...values)) - wide), 10 ** Math.ceil(Math.log10(Math.max(...values)) + wide)];
  }

  function draw() {
    const colors = ROOF_COLORS[state.theme];
    const points = rows.map((row) => ({
      row, x: group.flops[row] / group.bytes[row], y: group.flops[row] / group.seconds[row], width: group.width[row] || "float64",
    }));
    points.sort((a, b) => group.seconds[b.row] - group.seconds[a.row]);
    const all = page.totals.seconds;
    model("dots").data = {
      x: points.map((point) => point.x),
      y: points.map((point) => point.y),
      size: points.map((point) => 7 + 30 * Math.sqrt(group.seconds[point.row] / all)),
      color: points.map((point) => colors.dot[point.width]),
      name: points.map((point) => `${group.name[point.row]} (${point.width})`),
      rate: points.map((point) => `${amount(point.y, "FLOP")}/s`),
      intensity: points.map((point) => `${ratio(point.x, 1)} FLOP/B`),
      roof: points.map((point) => {
        const roof = roofOf(page, group.flops[point.row], group.bytes[point.row], point.width);
        return roof ? partOfRoof(point.y / roof) : "not measured";
      }),
      time: points.map((point) => `${duration(group.seconds[point.row])}, ${percentage(group.seconds[point.row], all)}`),
    };
    const named = [];
    for (const point of points) {
      const [x, y] = [Math.log10(point.x), Math.log10(point.y)];
      const crowded = named.some((other) => Math.abs(Math.log10(other.x) - x) < 0.8 && Math.abs(Math.log10(other.y) - y) < 0.25);
      if (!crowded && named.length < NAMED_DOTS) named.push(point);
    }
    model("names").data = { x: named.map((p) => p.x), y: named.map((p) => p.y), text: named.map((p) => group.name[p.row]) };

    const roofline = page.roofline;
    // What took next to no time would make the rest small; it is found by moving the plot.
    const large = points.filter((point) => group.seconds[point.row] >= 0.01 * all);
    const xs = large.map((point) => point.x);
    const ys = large.map((point) => point.y);
    if (roofline) {
      xs.push(roofline.peak.float64 / roofline.bandwidth, roofline.peak.float32 / roofline.bandwidth);
      ys.push(roofline.peak.float32, roofline.peak.float64);
    }
    const [left, right] = bounds(xs, 0.2);
    const [low, high] = bounds(ys, 0.2);
    plot.x_range.setv({ start: left, end: right });
    plot.y_range.setv({ start: low, end: high });
    if (roofline) {
      const lines = { xs: [], ys: [] };
      const text = { x: [], y: [], text: [], offset: [] };
      for (const width of ["float32", "float64"]) {
        const peak = roofline.peak[width];
        const ridge = peak / roofline.bandwidth;
        lines.xs.push([left, ridge, Math.max(right, ridge)]);
        lines.ys.push([left * roofline.bandwidth, peak, peak]);
        text.x.push(right);
        text.y.push(peak);
        text.text.push(`${amount(peak, "FLOP")}/s ${width}`);
        text.offset.push(width === "float32" ? -2 : 15); // above its line, and below the other
      }
      model("roofs").data = lines;
      model("roof-names").data = text;
    }
    for (const axis of [...plot.below, ...plot.left]) {
      axis.setv({ axis_label_text_color: colors.dim, major_label_text_color: colors.dim, axis_line_color: colors.dim,
        major_tick_line_color: colors.dim, minor_tick_line_color: colors.grid });
    }
    for (const grid of plot.center) grid.setv({ grid_line_color: colors.grid });
    const [roofs, roofNames, , names] = plot.renderers;
    roofs.glyph.line_color = { value: colors.roof };
    roofNames.glyph.text_color = { value: colors.roof };
    names.glyph.text_color = { value: colors.ink };
  }

  draw();
  return { redraw: draw };
}
