// The extents of a call, from what its shape rule reads (dispatch/rules.hpp): for each rule the
// kinds of its operands, in order, and a function that gives one object of extents a pass.
// Operands: "shape", "size" (of a result, a shape too), "axis" (an integer or nothing), "count" (an
// integer), "flag", "mode" (one of some words), "text", "-" (not entered). A trailing "?" marks
// what may be left out. Operands that have no names of their own get them from `names`.
// Rules that are neither here nor in extents_of_arrays.js or einsum.js depend on values: a
// calculator asks for their extents themselves.
"use strict";

{
  const { product, refuse, axisOf, broadcast, lanes, same, matrix, diagonal } = flopscope.shapes;
  const products = (o, k) => ({ o, k, p: o * k, s: o * Math.max(k - 1, 0) });
  const outer = (a, b) => {
    const o = product(a) * product(b);
    return [{ o, k: 1, p: o, s: 0 }];
  };
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
  // The words of an order; numbers are orders too.
  const ORDERS = "order?2,1,inf,-1,-2,-inf,0,3,fro,nuc";
  const normed = (shape, order, axes, ofMatrices) => {
    const kept = shape.filter((_, i) => !axes.includes(i));
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
    outer: { operands: ["shape", "shape"], extents: outer },
    vdot: {
      operands: ["shape", "shape"],
      extents: (a, b) => [products(1, same(product(a), product(b)))],
    },
    inner: { operands: ["shape", "shape"], extents: (a, b) => contractLast(a, b, -1) },
    dot: { operands: ["shape", "shape"], extents: (a, b) => contractLast(a, b, -2) },
    kron: { operands: ["shape", "shape"], extents: outer },
    cross: {
      operands: ["shape", "shape"],
      extents: (a, b) => {
        const components = [a.at(-1), b.at(-1)];
        if (components.some((count) => count !== 2 && count !== 3)) refuse("vectors have 2 or 3 components");
        const n = product(broadcast(a.slice(0, -1), b.slice(0, -1)));
        return [{ n, x: components.every((count) => count === 2) ? 1 : 0 }];
      },
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
      extents: (a, p) => [{ ...matrix(a), t: p === null || p === "2" || p === "-2" ? 1 : 0 }],
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
    norm: {
      operands: ["shape", ORDERS],
      extents: (a, order) =>
        a.length === 0 ? [{}] : normed(a, order, a.map((_, i) => i), a.length === 2),
    },
    matrix_norm: {
      operands: ["shape", ORDERS],
      extents: (a, order) => {
        matrix(a);
        return normed(a, order, [a.length - 2, a.length - 1], true);
      },
    },
    vector_norm: {
      operands: ["shape", ORDERS, "axis?"],
      extents: (a, order, axis) =>
        normed(a, order, axis === null ? a.map((_, i) => i) : [axisOf(axis, a.length)], false),
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
    },
    tensorsolve: {
      operands: ["shape", "shape"],
      extents: (a, b) => {
        same(product(a), product(b) ** 2);
        return [{ n: product(b) }];
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
    convolve: slide("full"),
    correlate: slide("valid"),
    interp: {
      operands: ["shape", "shape", "count?"],
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
    },
    polyfit: {
      operands: ["shape", "shape", "count"],
      extents: (points, values, degree) => {
        if (degree < 0) refuse("a degree is at least 0");
        const r = values.length < 2 ? 1 : values[1];
        return [{ m: product(points), k: degree + 1, r, x: 1 }];
      },
    },
  };
}
