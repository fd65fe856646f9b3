// The rules of extents.js for what draws, makes, sorts and summarizes arrays.
"use strict";

{
  const { product, refuse, indexOf, axisOf, axesOf, without } = flopscope.shapes;
  const { broadcast, lanes, same, matrix, diagonal } = flopscope.shapes;
  // Elements (i, j) of b matrices with j <= i + offset, and with j >= i + offset.
  const band = (b, rows, columns, offset) => {
    const k = Math.min(Math.max(offset, -rows), columns);
    const upTo = (x) => {
      const slanted = Math.min(Math.max(x, 0), columns);
      return (slanted * (slanted + 1)) / 2 + Math.max(x - columns, 0) * columns;
    };
    const below = (at) => upTo(rows + at) - upTo(at);
    return [{ l: b * below(k), u: b * (rows * columns - below(k - 1)) }];
  };
  const population = (a, axis) => {
    if (a.length === 0) refuse("for a number n, which stands for arange(n), enter n");
    return a[axisOf(axis ?? 0, a.length)];
  };
  // Comparisons that find a value among bins: a number of them (10 by default) or of edges.
  const halvings = (bins) => {
    const count = Array.isArray(bins) ? bins.length : bins ?? 10;
    return Math.max(Math.ceil(Math.log2(Math.max(count, 1))), 1);
  };
  // A histogram is of more than one type: its extents carry the rates of its steps.
  const histogram = (a, bins, range, density, weights, dtype, counts) => {
    const listed = Array.isArray(bins); // edges of 64 bits
    const b = listed ? bins.length : bins ?? 10;
    if (b < 1) refuse("there is at least one bin");
    if (range !== null && range.items.length !== 2) refuse("a range has two ends: 0, 1");
    const parts = /complex/.test(dtype) ? 2 : 1;
    const rate = parts * ({ longdouble: 4, float64: 2, complex128: 2, int64: 2 }[dtype] ?? 1);
    const own = /int|bool/.test(dtype) ? 2 : rate;
    const compared = listed ? Math.max(own, 2 * parts) : own;
    return [{
      n: product(a), b, c: listed ? b - 1 : b, t: listed ? 0 : 1, w: listed || range ? 0 : 1,
      d: density ? 1 : 0, p: counts ? 0 : 1, r: counts ? Math.max(compared, 2 * parts) : compared,
      o: listed ? 2 : own, s: own, q: weights === null ? 2 : own, // integers add up in 64 bits
    }];
  };
  const lines = (flat) => ({
    operands: (names) => ["shape", "axis?", names[2] === "x" ? "shape?" : "items"],
    extents: (a, axis, pivots) => {
      const { n, l, o } = lanes(a, flat ? axis : axis ?? -1);
      const pivoted = pivots?.items ?? null;
      pivoted?.forEach((at) => indexOf(at, l, "kth", "elements"));
      const k = pivots === null ? 1 : pivoted?.length ?? product(pivots);
      return [{ n, l, m: l !== 0 ? o : 0, k }];
    },
  });

  Object.assign(flopscope.rules, {
    flagged: { // the flag is one, or set by what is not 0
      operands: (names) => ["shape", { decimals: "count?", weights: "shape?" }[names[1]] ?? "flag?"],
      extents: (a, flag) => [{ n: product(a), x: Array.isArray(flag) || flag ? 1 : 0 }],
    },
    hypergeometric: {
      operands: ["integers", "size?", "count", "word?marginals,count"],
      extents: (colors, size, taken, method) => {
        const e = { k: colors.length, s: size === null ? 1 : product(size), x: 0 };
        const t = colors.reduce((sum, count) => sum + count, 0);
        if (colors.some((count) => count < 0)) refuse("there are no negative numbers of a color");
        if (taken < 0 || taken > t) refuse(`of ${t} items, ${taken} cannot be taken`);
        return [method !== "count" ? e : { ...e, x: t > 0 ? 1 : 0, t, q: Math.min(taken, t - taken) }];
      },
      start: { colors: "16, 8, 4" },
    },
    gaussian: {
      operands: ["shape", "size?"],
      extents: (mean, size) => {
        if (mean.length !== 1) refuse("the mean is a vector");
        return [{ d: mean[0], s: size === null ? 1 : product(size) }];
      },
      start: { mean: "10" },
    },
    vectors: {
      operands: ["shape", "size?", "shape?"],
      extents: (weights, size, trials) => {
        if (weights.length === 0) refuse("a vector has one dimension: write 3");
        return [{ k: weights.at(-1), s: product(size ?? broadcast(trials ?? [], weights.slice(0, -1))) }];
      },
    },
    dimensions: { operands: ["*=size"], extents: (args) => [{ n: Math.max(1, product(args)) }] },
    choice: {
      operands: ["shape", "size?", "shape?", "flag?", "axis?"],
      extents: (a, size, p, replace, axis) => {
        const n = population(a, axis);
        const others = product(a) / Math.max(n, 1);
        if (p !== null) same(product(p), n);
        const chosen = size === null ? 1 : product(size);
        const r = Math.max(1, chosen * others);
        return [{ n, r, x: p === null ? 0 : 1, w: replace === false ? 0 : 1 }];
      },
    },
    axis_length: {
      operands: ["shape", "axis?"],
      extents: (a, axis) => [{ n: Math.max(1, population(a, axis)) }],
    },
    count: { operands: ["count"], extents: (n) => [{ n: Math.max(n, 0) }] },
    draws: {
      operands: (names) => [...names.slice(1).map(() => "shape"), "size?"],
      extents: (...given) => {
        const size = given.pop();
        return [{ n: Math.max(1, product(size ?? broadcast(...given))) }];
      },
      // A single number is of 64 bits.
      rated: (given, dtype) => (dtype === "float32" && !given.some((shape) => shape?.length) ? "float64" : dtype),
      start: { size: "1000", others: "" },
    },
    shape_argument: {
      operands: ["size", "flag?"],
      extents: (shape, sparse) => {
        const s = shape.reduce((a, b) => a + b, 0);
        return [{ n: product(shape), d: shape.length, s, p: sparse ? 1 : 0 }];
      },
    },
    square: {
      operands: ["count", "count?", "count?"],
      extents: (rows, columns, k) => {
        const r = Math.max(rows, 0), c = Math.max(columns ?? rows, 0);
        return [{ r, c, l: diagonal(r, c, k ?? 0) }];
      },
    },
    number: { operands: ["count", "count?"], extents: (n, d) => [{ n, d: d ?? 2 }] },
    band: {
      operands: ["shape", "count?"],
      extents: (a, k) => {
        if (a.length === 0) refuse("a matrix has two dimensions");
        const { b, r, c } = matrix(a.length === 1 ? [a[0], a[0]] : a);
        return band(b, r, c, k ?? 0);
      },
    },
    band_of: {
      operands: ["count", "count?", "count?"],
      extents: (n, k, m) => band(1, Math.max(n, 0), Math.max(m ?? n, 0), k ?? 0),
    },
    range: {
      operands: ["number", "number?", "number?"],
      extents: (start, stop, step) => {
        const [from, to] = stop === null ? [0, start] : [start, stop];
        if (step === 0) refuse("the step is not 0");
        return [{ n: Math.max(Math.ceil((to - from) / (step ?? 1)), 0) }];
      },
    },
    grid: {
      operands: ["flag?", "flag?", "*=shapes"],
      extents: (copy, sparse, vectors) => {
        const sizes = vectors.map(product);
        const full = product(sizes) * sizes.length, open = sizes.reduce((a, b) => a + b, 0);
        return [{ n: copy === false ? 0 : sparse ? open : full }];
      },
      start: { xi: "100; 100" },
    },
    iterated: {
      operands: ["count", "count?"],
      extents: (items, count) => {
        if (items < 0) refuse("there are no negative numbers of items");
        const asked = (count ?? -1) < 0 ? items : count;
        if (asked > items) refuse(`${items} items are less than ${asked}`);
        return [{ n: asked }];
      },
      start: { iter: "100" },
      words: { iter: "how many items" },
    },
    result: { // of what is read, as many as there are or as are asked for
      operands: ["count=count"],
      extents: (count) => [{ n: count < 0 ? refuse("-1 stands for all: write how many there are") : count }],
      start: { count: "100" },
      words: { count: "how many numbers" },
    },
    samples: {
      operands: ["count?", "shape", "shape", "shape?"],
      extents: (count, ...ends) => {
        if ((count ?? 50) < 0) refuse("there are no negative numbers of samples");
        const shapes = ends.filter((shape) => shape !== null);
        return [{ n: (count ?? 50) * product(broadcast(...shapes)) }];
      },
      start: { start: "", stop: "" },
    },
    like_or_shape: {
      operands: ["shape", "size?"],
      extents: (a, shape) => [{ n: product(shape ?? a) }],
    },
    lines: lines(false),
    flat_lines: lines(true),
    keys: {
      operands: ["shape", "axis?"],
      extents: (a, axis) => {
        if (a.length === 0) refuse("keys are the rows of an array");
        const [s, ...dims] = a;
        return [{ s, n: product(dims), l: dims.length > 0 ? dims[axisOf(axis ?? -1, dims.length)] : 1 }];
      },
    },
    pair: {
      operands: ["shape", "shape", "flag?"],
      extents: (a, b, flag, dtype) => {
        const n = product(a), m = product(b);
        let both;
        try {
          both = product(broadcast(a, b));
        } catch {
          both = Math.max(n, m);
        }
        return [{ n, m, b: both, u: flag ? 1 : 0, t: /int|bool/.test(dtype) ? 1 : 0 }];
      },
      readsDtype: true,
    },
    differences: {
      operands: ["shape", "count?", "axis?", "shape?", "shape?"],
      extents: (a, times, axis, ...ends) => {
        if ((times ?? 1) < 0) refuse(`differences are taken no ${times} times`);
        const at = axisOf(axis ?? -1, a.length);
        const added = ends.map((end) => {
          if (end === null) return 0;
          if (end.length === 0) return 1;
          same(end.length, a.length);
          without(end, [at]).forEach((extent, i) => same(extent, without(a, [at])[i]));
          return end[at];
        });
        return [{ k: times ?? 1, l: a[at] + added[0] + added[1], m: product(without(a, [at])) }];
      },
    },
    ends: {
      operands: ["shape", "shape?", "shape?"],
      extents: (a, ...ends) => [{ n: product(a), w: ends.reduce((sum, end) => sum + (end ? product(end) : 0), 0) }],
    },
    gradient: { // spacings are numbers, or coordinates, along all axes alike
      operands: ["shape", "axes?", "count?", "*=word?numbers,even coordinates,uneven coordinates"],
      extents: (f, axes, edges, spacing) => {
        const over = axesOf(axes, f.length), n = product(f);
        const lines = over.reduce((sum, i) => sum + (f[i] !== 0 ? n / f[i] : 0), 0);
        if (edges > 2) refuse(`edge_order is 1 or 2, not ${edges}`);
        for (const i of over)
          if (f[i] < (edges ?? 1) + 1) refuse(`${f[i]} along axis ${i} are too few: ${(edges ?? 1) + 1} at least`);
        const steps = over.reduce((sum, i) => sum + f[i] - 1, 0);
        const l = edges === 2 ? lines : 0;
        if (spacing === "uneven coordinates")
          return [{ n: 0, w: n * over.length, m: lines, s: steps, q: over.length, u: 0, l }];
        return [{ n: n * over.length, l, u: spacing === "even coordinates" ? steps : 0 }];
      },
    },
    covariance: {
      operands: ["shape", "shape?", "flag?"],
      extents: (x, y, rows) => {
        const variables = (a) => (a.length < 2 ? 1 : rows === false ? a[1] : a[0]);
        if (x.length > 2 || y?.length > 2) refuse("at most two dimensions");
        const n = x.length < 2 ? product(x) : rows === false ? x[0] : x[1];
        return [{ m: variables(x) + (y === null ? 0 : variables(y)), n }];
      },
    },
    coefficients: {
      operands: ["shape", "count?"],
      extents: (a, times) => {
        if (a.length === 0 || (times ?? 1) < 0) refuse("coefficients are a vector");
        const d = a.length === 1 ? Math.max(a[0] - 1, 0) : 0; // if neither end is 0
        return [{ n: a[0], q: a.length > 1 ? 1 : 0, d, k: times ?? 1 }];
      },
    },
    vandermonde: {
      operands: ["shape", "count?"],
      extents: (x, columns) => {
        const n = product(x);
        if ((columns ?? 0) < 0) refuse("there are no negative columns");
        return [{ n, m: columns ?? n }];
      },
    },
    histogram: {
      operands: ["shape", "bins?", "items?", "flag?", "shape?"],
      extents: (a, bins, range, density, weights, dtype) => histogram(a, bins, range, density, weights, dtype, true),
      readsDtype: true,
    },
    bin_edges: {
      operands: ["shape", "bins?", "items?", "-", "shape?"],
      extents: (a, bins, range, weights, dtype) => histogram(a, bins, range, false, weights, dtype, false),
      readsDtype: true,
    },
    histogram2d: {
      operands: ["shape", "shape", "bins?"],
      extents: (x, y, bins) => {
        same(product(x), product(y));
        const [rows, columns] = Array.isArray(bins) && bins.length < 3 ? [bins[0], bins.at(-1)] : [bins, bins];
        return [{ n: product(x), l: halvings(rows) + halvings(columns) }];
      },
      start: { x: "1000", y: "1000" },
    },
    histogramdd: {
      operands: ["shape", "bins?"],
      extents: (sample, bins) => {
        if (sample.length === 0 || sample.length > 2) refuse("points are the rows of a matrix");
        const dimensions = sample[1] ?? 1;
        if (!Array.isArray(bins)) return [{ n: sample[0], l: dimensions * halvings(bins) }];
        if (bins.length !== 1) same(bins.length, dimensions);
        const along = Array.from({ length: dimensions }, (_, i) => halvings(bins[bins.length === 1 ? 0 : i]));
        return [{ n: sample[0], l: along.reduce((a, b) => a + b, 0) }];
      },
      start: { sample: "1000, 3" },
    },
  });
}
