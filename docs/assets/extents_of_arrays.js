// The rules of extents.js for what draws, makes, indexes, sorts and summarizes arrays.
"use strict";

{
  const { product, refuse, axisOf, broadcast, lanes, same, matrix, diagonal } = flopscope.shapes;
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
  const times = (letter) => ({
    operands: ["shape", "size?"],
    extents: (vector, size) => {
      if (vector.length !== 1) refuse("a vector is given");
      return [{ [letter]: vector[0], s: size === null ? 1 : product(size) }];
    },
  });
  const population = (a, axis) => {
    if (a.length === 0) refuse("for a number n, which stands for arange(n), enter n");
    return a[axisOf(axis ?? 0, a.length)];
  };
  const halvings = (bins) => Math.max(Math.ceil(Math.log2(Math.max(bins, 1))), 1);
  // A histogram is of more than one type: its extents carry the rates of its steps.
  const histogram = (a, bins, density, dtype, counts) => {
    const b = bins ?? 10;
    if (b < 1) refuse("there is at least one bin");
    const parts = /complex/.test(dtype) ? 2 : 1;
    const own = parts * (/longdouble/.test(dtype) ? 4 : /^(float16|float32|complex64)$/.test(dtype) ? 1 : 2);
    const r = counts ? Math.max(own, 2 * parts) : own;
    return [{ n: product(a), b, c: b, t: 1, w: 1, d: density ? 1 : 0, p: counts ? 0 : 1, r, o: own, s: own, q: 2 }];
  };
  const lines = (flat) => ({
    operands: ["shape", "axis?"],
    extents: (a, axis) => {
      const { n, l, o } = lanes(a, flat ? axis : axis ?? -1);
      return [{ n, l, m: l !== 0 ? o : 0, k: 1 }];
    },
  });

  Object.assign(flopscope.rules, {
    flagged: {
      operands: ["shape", "flag?"],
      extents: (a, flag) => [{ n: product(a), x: flag ? 1 : 0 }],
    },
    hypergeometric: times("k"), // by the method of marginals
    gaussian: times("d"),
    vectors: {
      operands: ["shape", "size?", "shape?"],
      extents: (weights, size, trials) => {
        if (weights.length === 0) refuse("a vector is given");
        let s = 1;
        if (size !== null) s = product(size);
        else if (trials !== null) s = product(broadcast(trials, weights.slice(0, -1)));
        return [{ k: weights.at(-1), s }];
      },
    },
    dimensions: { operands: ["size"], extents: (args) => [{ n: Math.max(1, product(args)) }] },
    choice: {
      operands: ["shape", "size?", "shape?", "flag?", "axis?"],
      extents: (a, size, p, replace, axis) => {
        const n = population(a, axis);
        const others = product(a) / Math.max(n, 1);
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
      operands: ["size"],
      last: true, // the parameters of the distribution are taken for numbers
      extents: (size) => [{ n: Math.max(1, product(size)) }],
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
      operands: ["count", "count?", "count?"],
      extents: (start, stop, step) => {
        const [from, to] = stop === null ? [0, start] : [start, stop];
        if (step === 0) refuse("the step is not 0");
        return [{ n: Math.max(Math.ceil((to - from) / (step ?? 1)), 0) }];
      },
    },
    samples: {
      operands: ["count?", "shape?", "shape?", "shape?"],
      extents: (count, ...ends) => {
        if ((count ?? 50) < 0) refuse("there are no negative numbers of samples");
        const shapes = ends.filter((shape) => shape !== null);
        return [{ n: (count ?? 50) * product(broadcast(...shapes)) }];
      },
    },
    like_or_shape: {
      operands: ["shape", "size?"],
      extents: (a, shape) => [{ n: product(shape ?? a) }],
    },
    diagonal: {
      operands: ["shape", "count?", "axis?", "axis?"],
      extents: (a, offset, axis1, axis2) => {
        const e = { n: product(a), d: a.length, b: 0, c: 0 };
        if (a.length < 2) return [e];
        const [i, j] = [axisOf(axis1 ?? 0, a.length), axisOf(axis2 ?? 1, a.length)];
        if (i === j) refuse("the two axes differ");
        const own = a[i] * a[j];
        return [{ ...e, c: diagonal(a[i], a[j], offset ?? 0), b: own !== 0 ? e.n / own : 0 }];
      },
    },
    wrapped: {
      operands: ["shape", "flag?"],
      extents: (a, wrap) => {
        if (a.length < 2) refuse("a matrix has two dimensions");
        const all = wrap && a.length === 2;
        return [{ n: all ? Math.ceil(product(a) / (a[1] + 1)) : Math.min(...a) }];
      },
    },
    repeated: {
      operands: ["shape", "count", "axis?"],
      extents: (a, repeats, axis) => {
        if (repeats < 0) refuse("nothing is repeated a negative number of times");
        if (axis !== null && a.length > 0) axisOf(axis, a.length);
        return [{ n: product(a) * repeats }];
      },
    },
    tiled: { operands: ["shape", "size"], extents: (a, reps) => [{ n: product(a) * product(reps) }] },
    unpacked: {
      operands: ["shape", "axis?", "count?"],
      extents: (a, axis, count) => {
        const { l, o } = axis === null || a.length === 0 ? { l: product(a), o: 1 } : lanes(a, axis);
        const bits = count === null ? 8 * l : count >= 0 ? count : Math.max(8 * l + count, 0);
        return [{ n: bits * o }];
      },
    },
    padded: {
      operands: ["shape", "count", "mode?constant,edge,linear_ramp,maximum,mean,median,minimum,reflect"],
      extents: (a, width, mode) => {
        if (width < 0) refuse("no negative width is padded");
        const dims = [...a], e = { t: 0, o: 0, w: 0 };
        dims.forEach((length, axis) => {
          const count = length !== 0 ? product(dims) / length : 0;
          dims[axis] += 2 * width;
          if (mode === "linear_ramp") e.w = e.t += count * 2 * width;
          if (!["maximum", "mean", "median", "minimum"].includes(mode)) return;
          e.t += count * (length + (mode === "mean" ? 1 : 0));
          e.o += count;
          if (mode === "median") e.w += count * (length + 3);
        });
        return [{ ...e, n: product(dims) }];
      },
    },
    either: {
      operands: ["shape", "shape?", "shape?"],
      extents: (...given) => {
        const shapes = given.filter((shape) => shape !== null);
        return [{ n: product(broadcast(...shapes)), t: shapes.length === 3 ? 1 : 0 }];
      },
    },
    taken: {
      operands: ["shape", "shape", "axis?"],
      extents: (a, indices, axis) => {
        const count = axis === null || a.length === 0 ? 1 : lanes(a, axis).o;
        return [{ n: count * product(indices) }];
      },
    },
    along: {
      operands: ["shape", "shape", "axis?"],
      extents: (a, indices, axis) => {
        if (a.length === 0) return [{ n: product(indices) }];
        const at = axisOf(axis ?? -1, a.length);
        same(indices.length, a.length);
        return [{ n: product(broadcast(a.map((extent, i) => (i === at ? indices[i] : extent)), indices)) }];
      },
    },
    copied: { operands: ["shape"], extents: (a) => [{ n: product(a) }] },
    unraveled: {
      operands: ["shape", "size"],
      extents: (indices, shape) => [{ n: product(indices), d: shape.length }],
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
      operands: ["shape", "count?", "axis?"],
      extents: (a, times, axis) => {
        if ((times ?? 1) < 0) refuse("differences are taken some times");
        const at = axisOf(axis ?? -1, a.length);
        return [{ k: times ?? 1, l: a[at], m: product(a.filter((_, i) => i !== at)) }];
      },
    },
    ends: { operands: ["shape"], extents: (a) => [{ n: product(a), w: 0 }] },
    gradient: {
      operands: ["shape", "axis?", "count?"],
      extents: (f, axis, edges) => {
        const axes = axis === null ? f.map((_, i) => i) : [axisOf(axis, f.length)];
        const n = product(f);
        const ends = axes.reduce((sum, i) => sum + (f[i] !== 0 ? n / f[i] : 0), 0);
        return [{ n: n * axes.length, l: edges === 2 ? ends : 0 }];
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
      operands: ["shape", "count?", "-", "flag?"],
      extents: (a, bins, density, dtype) => histogram(a, bins, density, dtype, true),
      readsDtype: true,
    },
    bin_edges: {
      operands: ["shape", "count?"],
      extents: (a, bins, dtype) => histogram(a, bins, false, dtype, false),
      readsDtype: true,
    },
    histogram2d: {
      operands: ["shape", "-", "count?"],
      extents: (x, bins) => [{ n: product(x), l: 2 * halvings(bins ?? 10) }],
    },
    histogramdd: {
      operands: ["shape", "count?"],
      extents: (sample, bins) => {
        if (sample.length === 0 || sample.length > 2) refuse("points are the rows of a matrix");
        return [{ n: sample[0], l: (sample[1] ?? 1) * halvings(bins ?? 10) }];
      },
    },
  });
}
