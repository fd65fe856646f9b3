// The extents of a call, from what its shape rule reads (dispatch/rules.hpp): for each rule the
// kinds of its operands, in order, and a function that gives one object of extents a pass.
// Operands: "shape", "size" (of a result, a shape too), "axis" (an integer or nothing), "count" (an
// integer), "flag", "mode" (one of some words). A trailing "?" marks what may be left out.
// Rules that are not here depend on values; a calculator asks for their extents themselves.
"use strict";
window.flopscope = window.flopscope || {};

{
  const product = (shape) => shape.reduce((a, b) => a * b, 1);
  const refuse = (why) => { throw new Error(why); };
  const axisOf = (axis, ndim) => {
    const at = axis < 0 ? axis + ndim : axis;
    if (!(at >= 0 && at < ndim)) refuse(`axis ${axis} is out of bounds for ${ndim} dimensions`);
    return at;
  };
  const broadcast = (...shapes) => {
    const ndim = Math.max(0, ...shapes.map((shape) => shape.length));
    return Array.from({ length: ndim }, (_, i) => {
      let extent = 1;
      for (const shape of shapes) {
        const own = shape[shape.length - ndim + i] ?? 1;
        if (own === 1 || own === extent) continue;
        if (extent !== 1) refuse("the shapes do not broadcast");
        extent = own;
      }
      return extent;
    });
  };
  const lanes = (shape, axis) => {
    if (axis === null) return { n: product(shape), o: 1, l: product(shape) };
    if (shape.length === 0 && (axis === 0 || axis === -1)) return { n: 1, o: 1, l: 1 };
    const at = axisOf(axis, shape.length);
    return { n: product(shape), o: product(shape.filter((_, i) => i !== at)), l: shape[at] };
  };
  const products = (o, k) => ({ o, k, p: o * k, s: o * Math.max(k - 1, 0) });
  const outer = (a, b) => {
    const o = product(a) * product(b);
    return [{ o, k: 1, p: o, s: 0 }];
  };
  const same = (k, other) => (k === other ? k : refuse(`${k} and ${other} do not fit`));
  const cores = (a, b, core1, core2) => {
    if (a.length < core1 || b.length < core2) refuse("too few dimensions");
    const batch = broadcast(a.slice(0, a.length - core1), b.slice(0, b.length - core2));
    const m = core1 === 2 ? a.at(-2) : 1, n = core2 === 2 ? b.at(-1) : 1;
    return [products(product(batch) * m * n, same(a.at(-1), b.at(-core2)))];
  };
  const contractLast = (a, b, axis) => {
    if (a.length === 0 || b.length === 0) return outer(a, b);
    const at = axisOf(b.length === 1 ? -1 : axis, b.length);
    const k = same(a.at(-1), b[at]);
    return [products(product(a.slice(0, -1)) * product(b.filter((_, i) => i !== at)), k)];
  };
  const matrix = (shape) => {
    if (shape.length < 2) refuse("a matrix has two dimensions");
    const [r, c] = shape.slice(-2);
    const k = Math.min(r, c);
    return { b: product(shape.slice(0, -2)), r, c, m: Math.max(r, c), k, n: k };
  };
  const square = (shape) => {
    const e = matrix(shape);
    same(e.r, e.c);
    return e;
  };
  // One pass of each axis, which sees the shape that the one before leaves.
  const transform = (shape, axes, lengths, spectrum) => {
    const dims = [...shape], passes = [];
    const order = axes.map((_, i) => i);
    if (spectrum !== "into reals") order.reverse();
    for (const i of order) {
      const at = axisOf(axes[i], dims.length);
      const half = spectrum !== "whole" && i === axes.length - 1;
      const n = lengths?.[i] ?? (half && spectrum === "into reals" ? 2 * (shape[at] - 1) : shape[at]);
      if (n < 1) refuse("a transform has at least one element");
      const b = shape[at] === 0 ? 1 : product(dims.filter((_, d) => d !== at));
      passes.push({ b, n, x: half ? 1 : 0 });
      dims[at] = half && spectrum === "of reals" ? Math.floor(n / 2) + 1 : n;
    }
    return passes;
  };
  const along = (spectrum) => ({
    operands: ["shape", "count?", "axis?"],
    extents: (a, n, axis) => transform(a, [axis ?? -1], n === null ? null : [n], spectrum),
  });
  const alongAll = (spectrum, two) => ({
    operands: ["shape"],
    extents: (a) => transform(a, two ? [-2, -1] : a.map((_, i) => i), null, spectrum),
  });
  const slide = (usual) => ({
    operands: ["shape", "shape", "mode?full,same,valid"],
    extents: (a, v, mode) => {
      const sizes = [product(a), product(v)];
      if (a.length > 1 || v.length > 1 || !sizes[0] || !sizes[1]) refuse("two vectors are convolved");
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
  const lines = (flat) => ({
    operands: ["shape", "axis?"],
    extents: (a, axis) => {
      const { n, l, o } = lanes(a, flat ? axis : axis ?? -1);
      return [{ n, l, m: l !== 0 ? o : 0, k: 1 }];
    },
  });

  flopscope.rules = {
    none: { operands: [], extents: () => [{}] },
    broadcast: {
      operands: ["shape..."],
      extents: (...shapes) => [{ n: product(broadcast(...shapes)), t: shapes.length - 1 }],
    },
    like: { operands: ["shape"], extents: (a) => [{ n: product(a) }] },
    reduce: {
      operands: ["shape", "axis?"],
      // x: 1 where the operand is inexact, which the dtype tells.
      extents: (a, axis, dtype) => [
        { ...lanes(a, axis), q: 1, x: /float|complex|double/.test(dtype) ? 1 : 0 },
      ],
      readsDtype: true,
    },
    matmul: {
      operands: ["shape", "shape"],
      extents: (a, b) => cores(a, b, a.length === 1 ? 1 : 2, b.length === 1 ? 1 : 2),
    },
    vecdot: { operands: ["shape", "shape"], extents: (a, b) => cores(a, b, 1, 1) },
    matvec: { operands: ["shape", "shape"], extents: (a, b) => cores(a, b, 2, 1) },
    vecmat: { operands: ["shape", "shape"], extents: (a, b) => cores(a, b, 1, 2) },
    dot: { operands: ["shape", "shape"], extents: (a, b) => contractLast(a, b, -2) },
    inner: { operands: ["shape", "shape"], extents: (a, b) => contractLast(a, b, -1) },
    outer: { operands: ["shape", "shape"], extents: outer },
    kron: { operands: ["shape", "shape"], extents: outer },
    vdot: {
      operands: ["shape", "shape"],
      extents: (a, b) => [products(1, same(product(a), product(b)))],
    },
    tensordot: {
      operands: ["shape", "shape", "count?"],
      extents: (a, b, axes) => {
        const count = axes ?? 2;
        if (count < 0 || count > Math.min(a.length, b.length)) refuse("too few dimensions");
        const summed = a.slice(a.length - count);
        summed.forEach((extent, i) => same(extent, b[i]));
        const kept = product(a.slice(0, a.length - count)) * product(b.slice(count));
        return [products(kept, product(summed))];
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
    qr: {
      operands: ["shape", "mode?reduced,complete,r,raw"],
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
    lstsq: {
      operands: ["shape", "shape"],
      extents: (a, b) => {
        if (a.length !== 2 || b.length < 1 || b.length > 2) refuse("a matrix and a vector or matrix");
        same(a[0], b[0]);
        return [{ ...matrix(a), l: a[0], n: a[1], r: b.length === 1 ? 1 : b[1] }];
      },
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
    fft: along("whole"),
    rfft: along("of reals"),
    irfft: along("into reals"),
    fftn: alongAll("whole", false),
    rfftn: alongAll("of reals", false),
    irfftn: alongAll("into reals", false),
    fft2: alongAll("whole", true),
    rfft2: alongAll("of reals", true),
    irfft2: alongAll("into reals", true),
    lines: lines(false),
    flat_lines: lines(true),
    convolve: slide("full"),
    correlate: slide("valid"),
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
    },
    count: { operands: ["count"], extents: (n) => [{ n: Math.max(n, 0) }] },
    draws: {
      operands: ["size"],
      last: true, // the parameters of the distribution are taken for numbers
      extents: (size) => [{ n: Math.max(1, product(size)) }],
    },
  };
}
