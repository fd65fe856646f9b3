// The extents of a call, from what its shape rule reads (dispatch/rules.hpp): for each rule the
// kinds of its operands, in order, and a function that gives one object of extents a pass.
// Kinds are those of read.js, "flag", "dtype", "word" (one of those after the question mark) and
// "-" (not entered); a trailing "?" marks what may be left out. A kind stands for the operand of
// the same place, or has a name of its own before "=": "*" is the operation's remaining arguments.
// `operands` may also be a function of the operands' names. `start` are texts to begin with, `words`
// stand beside names instead of those of the kind, `help` below the fields; `rated` says which dtype
// sets the rate where it is not that of the arrays, and `readsDtype` that extents depend on it.
// Further rules: extents_of_arrays.js, extents_of_indexing.js, einsum.js.
"use strict";

{
  const { product, refuse, written, axisOf, axesOf, without, broadcast, same, matrix, diagonal } = flopscope.shapes;
  const products = (o, k) => ({ o, k, p: o * k, s: o * Math.max(k - 1, 0) });
  const outer = (a, b) => {
    const o = product(a) * product(b);
    return [{ o, k: 1, p: o, s: 0 }];
  };
  // The core axes last: as `axes` says, a list for each operand, or `axis` for vectors.
  const coresLast = (shape, core, axes) => {
    if (axes === null) return shape;
    if (axes.length !== core) refuse(`${core} axes are named for each operand, as [(-2, -1), ...]`);
    const at = axes.map((axis) => axisOf(axis, shape.length));
    return [...without(shape, at), ...at.map((i) => shape[i])];
  };
  const cores = (x1, x2, core1, core2, axes = null, axis = null) => {
    if (x1.length < core1 || x2.length < core2) refuse("too few dimensions");
    if (axes !== null && axis !== null) refuse("axes or the axis are given, not both");
    const named = (i) => (axes !== null ? [axes[i] ?? []].flat() : axis !== null ? [axis] : null);
    const a = coresLast(x1, core1, named(0)), b = coresLast(x2, core2, named(1));
    const batch = broadcast(a.slice(0, a.length - core1), b.slice(0, b.length - core2));
    const m = core1 === 2 ? a.at(-2) : 1, n = core2 === 2 ? b.at(-1) : 1;
    return [products(product(batch) * m * n, same(a.at(-1), b.at(-core2)))];
  };
  const contract = (a, b, axesOfA, axesOfB) => {
    const [inA, inB] = [axesOf(axesOfA, a.length), axesOf(axesOfB, b.length)];
    same(inA.length, inB.length);
    inA.forEach((axis, i) => same(a[axis], b[inB[i]]));
    const kept = product(without(a, inA)) * product(without(b, inB));
    return [products(kept, product(inA.map((axis) => a[axis])))];
  };
  const contractLast = (a, b, axis) => {
    if (a.length === 0 || b.length === 0) return outer(a, b);
    return contract(a, b, [-1], [b.length === 1 ? -1 : axis]);
  };
  const square = (shape) => {
    const e = matrix(shape);
    same(e.r, e.c);
    return e;
  };
  // One pass of each axis, which sees the shape that the one before leaves.
  const transform = (shape, axes, lengths, spectrum, rowsOfNothing = 0) => {
    const dims = [...shape], passes = [];
    const order = axes.map((_, i) => i);
    if (spectrum !== "into reals") order.reverse();
    for (const i of order) {
      const at = axisOf(axes[i], dims.length);
      const half = spectrum !== "whole" && i === axes.length - 1;
      const n = lengths?.[i] ?? (half && spectrum === "into reals" ? 2 * (shape[at] - 1) : shape[at]);
      if (n < 1) refuse("a transform has at least one element");
      const b = (shape[at] === 0 && rowsOfNothing) || product(without(dims, [at]));
      passes.push({ b, n, x: half ? 1 : 0 });
      dims[at] = half && spectrum === "of reals" ? Math.floor(n / 2) + 1 : n;
    }
    return passes;
  };
  const along = (spectrum) => ({
    operands: ["shape", "count?", "axis?"],
    extents: (a, n, axis) => transform(a, [axis ?? -1], n === null ? null : [n], spectrum, 1),
  });
  const alongAll = (spectrum, two) => ({
    operands: ["shape", "integers?", "axes?"],
    extents: (a, s, axes) => {
      const count = s === null || two ? (two ? 2 : a.length) : s.length;
      const over = axes ?? Array.from({ length: count }, (_, i) => i - count);
      if (s !== null && s.length !== over.length) refuse(`s has ${s.length} lengths for ${over.length} axes`);
      const lengths = s?.map((n, i) => (n === -1 ? a[axisOf(over[i], a.length)] : n)) ?? null;
      return transform(a, over, lengths, spectrum);
    },
  });
  const slide = (usual) => ({
    operands: ["shape", "shape", "word?full,same,valid"],
    start: { a: "1000", v: "100" },
    extents: (a, v, mode) => {
      const sizes = [product(a), product(v)];
      if (a.length > 1 || v.length > 1 || !sizes[0] || !sizes[1])
        refuse(`vectors that are not empty are asked for, not ${written(a)} and ${written(v)}`);
      const m = Math.max(...sizes), n = Math.min(...sizes);
      switch (mode ?? usual) {
        case "full": return [{ p: m * n, o: m + n - 1, x: 1 }];
        case "valid": return [{ p: n * (m - n + 1), o: m - n + 1 }];
        default: {
          const left = Math.floor((n - 1) / 2), right = n - 1 - left;
          return [{ p: m * n - (left * (left + 1)) / 2 - (right * (right + 1)) / 2, o: m }];
        }
      }
    },
  });
  // The elements that a where= mask selects: it is broadcast with the operands.
  const selected = (where, shape) => {
    const all = product(broadcast(shape, where.shape));
    return where.true === 0 ? 0 : (all / product(where.shape)) * where.true;
  };
  // One product after the other, bracketed as numpy.linalg.multi_dot does it: the cheapest way, and
  // of three matrices the last two first where both ways cost the same.
  const chain = (shapes) => {
    const last = shapes.length - 1;
    if (last < 1 || last > 63) refuse(`2 to 64 matrices are multiplied, not ${shapes.length}`);
    shapes.forEach((shape, i) => {
      if (shape.length !== 2 && !(shape.length === 1 && (i === 0 || i === last)))
        refuse("matrices are given; the first and the last may be vectors");
    });
    const d = [shapes[0].length === 1 ? 1 : shapes[0][0]];
    shapes.forEach((shape, i) => {
      const [rows, columns] = shape.length === 2 ? shape : i === 0 ? [1, shape[0]] : [shape[0], 1];
      d.push(same(rows, d[i]) === rows ? columns : 0);
    });
    const cheapest = new Map();
    const split = (i, j) => { // {cost, at}: matrices i to j, parted after `at`
      if (i === j) return { cost: 0 };
      const key = i * shapes.length + j;
      if (!cheapest.has(key)) {
        let best = null;
        for (let at = i; at < j; ++at) {
          const cost = split(i, at).cost + split(at + 1, j).cost + d[i] * d[at + 1] * d[j + 1];
          if (best === null || cost < best.cost) best = { cost, at };
        }
        cheapest.set(key, best);
      }
      return cheapest.get(key);
    };
    const passes = [];
    const multiply = (i, j) => {
      if (i === j) return;
      const { at } = split(i, j);
      multiply(i, at);
      multiply(at + 1, j);
      passes.push(products(d[i] * d[j + 1], d[at + 1]));
    };
    multiply(0, last);
    return passes;
  };
  const DIFFERENT = "The price of different arrays: one array given twice can be charged less.";
  const MAY_LACK = ["a_min", "a_max", "rtol", "atol", "loc", "scale"];
  // The words of an order; numbers are orders too.
  const ORDERS = "word?2,1,inf,-1,-2,-inf,0,3,fro,nuc";
  const normed = (shape, order, axes, ofMatrices) => {
    const none = ofMatrices ? ["0", "3"] : ["fro", "nuc"];
    if (none.includes(order)) refuse(`${ofMatrices ? "matrices" : "vectors"} have no norm of order ${order}`);
    const kept = without(shape, axes);
    const e = { n: product(shape), o: product(kept), t: 0, w: 0, x: 0 };
    const number = order === null ? NaN : Number(order.replace("inf", "Infinity"));
    if (!Number.isNaN(number) && Math.abs(number) !== 2) e.t = 1;
    if (ofMatrices && (Math.abs(number) === 2 || order === "nuc")) {
      const { m, k } = matrix(axes.map((i) => shape[i]));
      return [{ ...e, x: 1, b: e.o, m, k }];
    }
    const simple = Number.isNaN(number) || [0, 1, 2].includes(number) || Math.abs(number) === Infinity;
    if (!ofMatrices) e.w = simple || e.n === 0 ? 0 : 1;
    return [e];
  };

  flopscope.rules = {
    none: { operands: [], extents: () => [{}] },
    broadcast: {
      operands: (names) => [
        ...names.map((name) => (MAY_LACK.includes(name) ? "shape?" : "shape")), "where=mask?",
      ],
      extents: (...given) => {
        const where = given.pop(), shapes = given.filter((shape) => shape !== null);
        const shape = broadcast(...shapes);
        const e = { n: product(shape), t: shapes.length - 1 };
        return [{ ...e, counted: where === null ? {} : { n: selected(where, shape) } }];
      },
      start: { a_min: "()", a_max: "()" },
    },
    like: { operands: ["shape"], extents: (a) => [{ n: product(a) }] },
    reduce: {
      operands: ["shape", "axes?", "shape?", "items", "where=mask?", "initial=number?"],
      // x: 1 where the operand is inexact, which the dtype tells.
      extents: (a, axes, weights, q, where, initial, dtype) => {
        const n = product(a), x = /float|complex|double/.test(dtype) ? 1 : 0;
        const scalar = a.length === 0 && axes?.every((axis) => axis === 0 || axis === -1);
        const over = axesOf(scalar ? [] : axes, a.length);
        const o = product(without(a, over)), l = product(over.map((axis) => a[axis]));
        const counted = where === null ? {} : { n: selected(where, a) };
        if (initial !== null) counted.o = 0; // one step more in every lane
        const e = { n, o, l, x, q: Math.max(q?.items.length ?? 1, 1), counted };
        if (weights === null) return [e];
        const ofOneAxis = weights.length === 1 && a.length > 1;
        if (written(weights) !== written(ofOneAxis ? [l] : a))
          refuse(`weights have the shape of a, ${written(a)}, or are as many as there are along the axis`);
        return [{ ...e, w: 1, s: Math.max(ofOneAxis ? weights[0] - 1 : n - o, 0) }];
      },
      readsDtype: true,
      // A list of quantiles is of 64 bits.
      rated: ([, , , q], dtype) => {
        const wide = { float16: "float64", float32: "float64", complex64: "complex128" };
        return q?.items.length > 1 ? wide[dtype] ?? dtype : dtype;
      },
      start: { q: "0.5", x: "1000" },
    },
    matmul: {
      operands: ["shape", "shape", "nested?"],
      extents: (a, b, axes) => cores(a, b, a.length === 1 ? 1 : 2, b.length === 1 ? 1 : 2, axes),
    },
    vecdot: {
      operands: ["shape", "shape", "nested?", "axis?"],
      extents: (a, b, axes, axis) => cores(a, b, 1, 1, axes, axis),
    },
    matvec: {
      operands: ["shape", "shape", "nested?"],
      extents: (a, b, axes) => cores(a, b, 2, 1, axes),
      start: { x2: "100" },
    },
    vecmat: {
      operands: ["shape", "shape", "nested?"],
      extents: (a, b, axes) => cores(a, b, 1, 2, axes),
      start: { x1: "100" },
    },
    tensordot: {
      help: DIFFERENT,
      operands: ["shape", "shape", "nested?"],
      extents: (a, b, axes) => {
        if (Array.isArray(axes)) {
          if (axes.length !== 2) refuse("axes of both arrays are given: [1, 0], [0, 1]");
          return contract(a, b, [axes[0]].flat(), [axes[1]].flat());
        }
        const count = Math.max(axes ?? 2, 0);
        if (count > Math.min(a.length, b.length)) refuse(`${count} axes are more than an array has`);
        const last = Array.from({ length: count }, (_, i) => i);
        return contract(a, b, last.map((i) => i + a.length - count), last);
      },
    },
    outer: { operands: ["shape", "shape"], extents: outer, help: DIFFERENT },
    vdot: {
      operands: ["shape", "shape"],
      extents: (a, b) => [products(1, same(product(a), product(b)))],
    },
    inner: { operands: ["shape", "shape"], extents: (a, b) => contractLast(a, b, -1), help: DIFFERENT },
    dot: { operands: ["shape", "shape"], extents: (a, b) => contractLast(a, b, -2), help: DIFFERENT },
    kron: { operands: ["shape", "shape"], extents: outer },
    cross: {
      operands: ["shape", "shape", "axis?", "axis?", "axis?"],
      extents: (a, b, axisa, axisb, axis) => {
        const [atA, atB] = [axisOf(axis ?? axisa ?? -1, a.length), axisOf(axis ?? axisb ?? -1, b.length)];
        const components = [a[atA], b[atB]];
        if (components.some((count) => count !== 2 && count !== 3))
          refuse(`vectors have 2 or 3 components, not ${components.join(" and ")}`);
        const n = product(broadcast(without(a, [atA]), without(b, [atB])));
        return [{ n, x: components.every((count) => count === 2) ? 1 : 0 }];
      },
      start: { a: "100, 3", b: "100, 3", x1: "100, 3", x2: "100, 3" },
    },
    trace: {
      operands: ["shape", "count?"],
      extents: (a, offset) => {
        const { b, r, c } = matrix(a);
        return [{ b, n: r === 0 || c === 0 ? 0 : Math.max(diagonal(r, c, offset ?? 0), 1) }];
      },
    },
    matrix: { operands: ["shape"], extents: (a) => [matrix(a)] },
    square_matrix: { operands: ["shape"], extents: (a) => [square(a)] },
    rank: {
      operands: ["shape"],
      extents: (a) => [a.length < 2 ? { x: 1, n: product(a) } : matrix(a)],
    },
    svd: {
      operands: ["shape", "flag?", "flag?"],
      extents: (a, full, vectors) => [
        { ...matrix(a), x: full === false ? 0 : 1, u: vectors === false ? 0 : 1 },
      ],
    },
    cond: {
      operands: ["shape", ORDERS],
      extents: (a, p) => {
        const singular = p === null || Math.abs(p) === 2;
        return [{ ...(singular ? matrix(a) : square(a)), t: singular ? 1 : 0 }];
      },
    },
    qr: {
      operands: ["shape", "word?reduced,complete,r,raw"],
      extents: (a, mode) => {
        const formed = [null, "reduced", "complete"].includes(mode) ? 1 : 0;
        return [{ ...matrix(a), q: formed, p: formed }];
      },
    },
    solve: {
      operands: ["shape", "shape"],
      extents: (a, b) => {
        const { n } = square(a);
        if (b.length === 0) refuse("the right-hand side is a vector or a matrix");
        const vector = b.length === 1;
        same(n, b.at(vector ? -1 : -2));
        const batch = vector ? a.slice(0, -2) : broadcast(a.slice(0, -2), b.slice(0, -2));
        return [{ b: product(batch), n, r: vector ? 1 : b.at(-1) }];
      },
    },
    multi_dot: { operands: ["shapes"], extents: chain },
    lstsq: {
      operands: ["shape", "shape"],
      extents: (a, b) => {
        if (a.length !== 2 || b.length < 1 || b.length > 2) refuse("a matrix and a vector or matrix");
        same(a[0], b[0]);
        return [{ ...matrix(a), l: a[0], n: a[1], r: b.length === 1 ? 1 : b[1] }];
      },
    },
    norm: {
      operands: ["shape", ORDERS, "axes?"],
      extents: (a, order, axes) => {
        if (a.length === 0) return [{}];
        const over = axesOf(axes, a.length);
        if (axes === null && order !== null && a.length > 2)
          refuse("of more than two dimensions, the axes are needed");
        return normed(a, order, over, over.length === 2);
      },
    },
    matrix_norm: {
      operands: ["shape", ORDERS],
      extents: (a, order) => {
        matrix(a);
        return normed(a, order, [a.length - 2, a.length - 1], true);
      },
    },
    vector_norm: {
      operands: ["shape", ORDERS, "axes?"],
      extents: (a, order, axes) => normed(a, order, axesOf(axes, a.length), false),
    },
    matrix_power: {
      operands: ["shape", "count"],
      extents: (a, n) => {
        const { b, n: order } = square(a);
        const bits = Math.abs(n).toString(2);
        const t = n === 0 ? 0 : bits.length + bits.replaceAll("0", "").length - 2;
        return [{ b, n: order, t, x: n < 0 ? 1 : 0 }];
      },
    },
    tensorinv: {
      operands: ["shape", "count?"],
      extents: (a, ind) => {
        const at = ind ?? 2;
        if (at <= 0) refuse("ind is at least 1");
        return [{ n: same(product(a.slice(at)), product(a.slice(0, at))) }];
      },
      start: { a: "4, 6, 8, 3" },
    },
    tensorsolve: {
      operands: ["shape", "shape"],
      extents: (a, b) => {
        same(product(a), product(b) ** 2);
        return [{ n: product(b) }];
      },
      start: { a: "2, 3, 6", b: "2, 3" },
    },
    fft: along("whole"),
    rfft: along("of reals"),
    irfft: along("into reals"),
    fftn: alongAll("whole", false),
    rfftn: alongAll("of reals", false),
    irfftn: alongAll("into reals", false),
    fft2: alongAll("whole", true),
    rfft2: alongAll("of reals", true),
    irfft2: alongAll("into reals", true),
    convolve: slide("full"),
    correlate: slide("valid"),
    interp: {
      operands: ["shape", "shape", "number?"],
      extents: (points, known, period) => [
        { n: product(points), m: product(known), x: period === null ? 0 : 1 },
      ],
    },
    polynomials: {
      operands: ["shape", "shape"],
      extents: (a, b) => [{ m: product(a), n: product(b) }],
    },
    polyval: {
      operands: ["shape", "shape"],
      extents: (p, x) => {
        if (p.length === 0) refuse("a polynomial has coefficients");
        return [{ m: p[0], n: product(broadcast(p.slice(1), x)) }];
      },
      start: { p: "4" },
    },
    polyfit: {
      operands: ["shape", "shape", "count", "word?True,unscaled", "flag?"],
      extents: (points, values, degree, cov, full) => {
        if (degree < 0) refuse("a degree is at least 0");
        if (same(product(points), values[0]) === 0) refuse("there are no points");
        const r = values.length < 2 ? 1 : values[1];
        const t = cov !== null && !full ? 1 : 0;
        return [{ m: product(points), k: degree + 1, r, t, x: cov === "unscaled" ? 0 : 1 }];
      },
      start: { x: "100", y: "100", deg: "3" },
    },
  };
}
