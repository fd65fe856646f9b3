// The rules of extents.js for what converts, joins, repeats and indexes arrays.
"use strict";

{
  const { product, refuse, written, indexOf, axisOf, broadcast, lanes, same, diagonal } = flopscope.shapes;

  // Elements that a slice selects, counted as Python's slice.indices does.
  const sliced = ([start, stop, step], length) => {
    const by = step ?? 1;
    if (by === 0) refuse("the step of a slice is not 0");
    const [low, high] = by < 0 ? [-1, length - 1] : [0, length];
    const at = (end, otherwise) =>
      end === null ? otherwise : Math.min(Math.max(end < 0 ? end + length : end, low), high);
    const from = at(start, by < 0 ? high : low), to = at(stop, by < 0 ? low : high);
    return Math.max(Math.ceil((to - from) / by), 0);
  };
  const isMask = (index) => index?.true !== undefined;

  // A key takes its array apart from the first axis on: integers drop an axis, slices shorten it,
  // index arrays broadcast together and replace theirs by their own shape.
  const selection = (a, key) => {
    const axesOf = (index) => (index === null || index === "..." ? 0 : isMask(index) ? index.shape.length : 1);
    const named = key.reduce((sum, index) => sum + axesOf(index), 0);
    if (named > a.length) refuse(`${named} indices are too many for the ${a.length} axes of ${written(a)}`);
    if (key.filter((index) => index === "...").length > 1) refuse("... stands for all axes left, once");
    const arrays = [];
    let axis = 0, size = 1, masked = 0, byArray = false;
    const whole = (count) => { while (count-- > 0) size *= a[axis++]; };
    for (const index of key) {
      if (index === null) continue;
      if (index === "...") whole(a.length - named);
      else if (index.slice) size *= sliced(index.slice, a[axis++]);
      else if (Number.isInteger(index)) indexOf(index, a[axis++], "index", "elements");
      else {
        byArray ||= index.array || product(index.shape) > 0;
        if (isMask(index)) {
          masked += product(index.shape);
          arrays.push([index.true]);
          for (const extent of index.shape) same(extent, a[axis++]);
        } else {
          for (const value of index.values ?? []) indexOf(value, a[axis], "index", "elements");
          arrays.push(index.shape);
          axis += 1;
        }
      }
    }
    whole(a.length - axis);
    if (key.length === a.length && key.every(Number.isInteger)) size = 0; // one element is free
    return { n: size * product(broadcast(...arrays)), b: masked, t: byArray ? 1 : 0 };
  };

  // How many of `length` positions an index names, each once.
  const positions = (index, length) => {
    if (index.slice) return sliced(index.slice, length);
    if (isMask(index)) return same(product(index.shape), length) === length ? index.true : 0;
    const values = (Number.isInteger(index) ? [index] : index.values ?? []).map((value) =>
      indexOf(value, length, "index", "elements"));
    return index.array ? Math.min(product(index.shape), length) : new Set(values).size;
  };

  // Whether an array is copied to become one of such a type and order; lists always are.
  const conversion = (a, type, order, copy, given, dtype) => {
    const list = given === "list";
    if (list && !["float64", "int64", "complex128", "bool"].includes(dtype))
      refuse(`numbers in a list are float64, int64, complex128 or bool, not ${dtype}`);
    if (list && copy === false) refuse("a list cannot become an array without a copy");
    const either = a.filter((extent) => extent !== 1).length < 2 || product(a) === 0;
    const own = given === "array in Fortran order" ? "F" : "C";
    const reordered = (order === "C" || order === "F") && !either && order !== own;
    const copied = copy || list || (type !== null && type !== dtype) || reordered;
    return [{ n: product(a), c: copied ? 1 : 0 }];
  };
  const wider = ([, type], dtype, rates) => (type !== null && rates[type][0] > rates[dtype][0] ? type : dtype);

  // (before, after) of each axis, from a number, a pair, or a sequence of pairs.
  const pairs = (given, ndim, what) => {
    const several = Array.isArray(given) && given.some(Array.isArray);
    const rows = several ? given.map((row) => [row].flat()) : [[given].flat()];
    if ((rows.length !== 1 && rows.length !== ndim) || rows.some((row) => row.length < 1 || row.length > 2))
      refuse(`${what} is a number, a pair, or a pair for each of ${ndim} axes`);
    if (rows.flat().some((width) => width < 0)) refuse(`${what} is not negative`);
    return Array.from({ length: ndim }, (_, axis) => {
      const row = rows[rows.length === 1 ? 0 : axis];
      return [row[0], row.at(-1)];
    });
  };
  const OF_LISTS = ["arrays", "tup", "obj"];

  Object.assign(flopscope.rules, {
    converted: {
      operands: ["shape", "dtype?", "word?C,F,K,A", "flag?", "a is=word?array,array in Fortran order,list"],
      extents: conversion,
      readsDtype: true,
      rated: wider,
    },
    cast: {
      operands: ["shape", "dtype", "-", "flag?"],
      extents: (a, type, copy, dtype) => [{ n: product(a), c: copy === false && type === dtype ? 0 : 1 }],
      readsDtype: true,
      rated: wider,
    },
    items: {
      operands: (names) =>
        names.filter((name) => name !== "indices").map((name) => (OF_LISTS.includes(name) ? "shapes" : "shape")),
      extents: (...given) => {
        const shapes = given.flatMap((one) => (Array.isArray(one[0]) ? one : [one]));
        return [{ n: shapes.reduce((sum, shape) => sum + product(shape), 0) }];
      },
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
      operands: ["shape", "integers", "axis?"],
      extents: (a, repeats, axis) => {
        if (repeats.some((count) => count < 0)) refuse("nothing is repeated a negative number of times");
        const { n, l, o } = a.length === 0 ? { n: 1, l: 1, o: 1 } : lanes(a, axis);
        if (repeats.length === 1) return [{ n: n * repeats[0] }];
        same(repeats.length, l);
        return [{ n: o * repeats.reduce((sum, count) => sum + count, 0) }];
      },
      start: { repeats: "3" },
    },
    tiled: {
      operands: ["shape", "size"],
      extents: (a, reps) => [{ n: product(a) * product(reps) }],
      start: { reps: "2, 3" },
    },
    unpacked: {
      operands: ["shape", "axis?", "count?"],
      extents: (a, axis, count) => {
        const { l, o } = axis === null || a.length === 0 ? { l: product(a), o: 1 } : lanes(a, axis);
        const bits = count === null ? 8 * l : count >= 0 ? count : Math.max(8 * l + count, 0);
        return [{ n: bits * o }];
      },
    },
    padded: { // one axis after the other
      operands: [
        "shape", "nested",
        "word?constant,edge,linear_ramp,maximum,mean,median,minimum,reflect,symmetric,wrap,empty", "nested?",
      ],
      extents: (a, widths, mode, lengths) => {
        if (lengths !== null && !["maximum", "mean", "median", "minimum"].includes(mode))
          refuse("stat_length is of the modes maximum, mean, median and minimum");
        const width = pairs(widths, a.length, "pad_width");
        const taken = lengths === null ? null : pairs(lengths, a.length, "stat_length");
        if (taken?.flat().includes(0)) refuse("a statistic is of one element at least: stat_length is not 0");
        const dims = [...a], e = { t: 0, o: 0, w: 0 };
        dims.forEach((length, axis) => {
          const count = length !== 0 ? product(dims) / length : 0;
          const padding = width[axis][0] + width[axis][1];
          dims[axis] += padding;
          if (mode === "linear_ramp") e.w = e.t += count * padding;
          if (!["maximum", "mean", "median", "minimum"].includes(mode)) return;
          // over so many elements at each end, or over the whole line once
          const from = (taken?.[axis] ?? [length, length]).map((extent) => Math.min(extent, length));
          for (const extent of Math.min(...from) >= length ? [length] : from) {
            e.t += count * (extent + (mode === "mean" ? 1 : 0));
            e.o += count;
            if (mode === "median") e.w += count * (extent + 3);
          }
        });
        return [{ ...e, n: product(dims) }];
      },
    },
    removed: {
      operands: ["shape", "index", "axis?"],
      extents: (a, index, axis) => {
        const { l, o } = a.length === 0 ? { l: 1, o: 1 } : lanes(a, axis);
        return [{ n: o * (l - positions(index, l)) }];
      },
    },
    inserted: { // at one place as many as `values` has along the axis, at several one at each
      operands: ["shape", "index", "shape", "axis?"],
      extents: (a, index, values, axis) => {
        const flat = axis === null || a.length === 0;
        const { n, l, o } = a.length === 0 ? { n: 1, l: 1, o: 1 } : lanes(a, axis);
        const one = Number.isInteger(index);
        if (one) indexOf(index, l + 1, "index", "places");
        if (index.shape?.length > 1) refuse("an array of places to insert at has one dimension");
        if (isMask(index)) same(product(index.shape), l);
        let places = one ? 1 : index.slice ? sliced(index.slice, l) : index.true ?? product(index.shape);
        if (places === 1) {
          const at = one || flat ? 0 : axisOf(axis, a.length);
          const missing = Math.max((flat ? 1 : a.length) - values.length, 0);
          places = at < missing ? 1 : values[at - missing];
        }
        return [{ n: n + o * places }];
      },
      start: { values: "" },
    },
    key: {
      operands: ["shape", "key"],
      extents: (a, key) => [selection(a, key)],
      start: { key: "2:10, [0, 5, 7]" },
    },
    either: {
      operands: ["shape", "shape?", "shape?"],
      extents: (...given) => {
        const shapes = given.filter((shape) => shape !== null);
        if (shapes.length === 2) refuse("both x and y are given, or neither");
        return [{ n: product(broadcast(...shapes)), t: shapes.length === 3 ? 1 : 0 }];
      },
    },
    taken: {
      operands: ["shape", "shape", "axis?"],
      extents: (a, indices, axis) => {
        const count = axis === null || a.length === 0 ? 1 : lanes(a, axis).o;
        return [{ n: count * product(indices) }];
      },
      start: { indices: "10" },
    },
    compressed: {
      operands: ["mask", "shape", "axis?"],
      extents: (condition, a, axis) => {
        const { l, o } = a.length === 0 ? { l: 1, o: 1 } : lanes(a, axis);
        if (condition.shape.length > 1) refuse("the condition is a vector");
        const c = product(condition.shape);
        if (condition.true > l) refuse(`${condition.true} true elements are more than the ${l} there are`);
        return [{ n: o * condition.true, c }];
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
    copied: {
      operands: ["shape", "mask?"],
      extents: (a, where) => {
        const n = product(a);
        if (where === null) return [{ n }];
        const size = product(where.shape);
        if (product(broadcast(a, where.shape)) !== n) refuse(`${written(where.shape)} is no mask of ${written(a)}`);
        return [{ n: size !== 0 ? where.true * Math.trunc(n / size) : 0 }];
      },
    },
    broadcast_items: {
      operands: ["shapes", "shape"],
      extents: (items, a) => [{ n: product(broadcast(...items, ...(a === null ? [] : [a]))) }],
    },
    selected: {
      operands: ["shapes", "shapes", "shape?"],
      extents: (conditions, choices, otherwise) => {
        same(conditions.length, choices.length);
        const shapes = [...conditions, ...choices, ...(otherwise === null ? [] : [otherwise])];
        return [{ n: product(broadcast(...shapes)), s: conditions.length }];
      },
    },
    pieces: {
      operands: ["shape", "shapes"],
      extents: (x, conditions) => {
        for (const shape of conditions)
          if (written(shape) !== written(x)) refuse(`a condition has the shape of x, ${written(x)}`);
        return [{ n: product(x), s: conditions.length }];
      },
    },
    unraveled: {
      operands: ["shape", "size"],
      extents: (indices, shape) => [{ n: product(indices), d: shape.length }],
      start: { shape: "100, 100" },
    },
    shape_lengths: {
      operands: ["*=shapes"],
      extents: (shapes) => {
        broadcast(...shapes);
        return [{ n: shapes.reduce((sum, shape) => sum + shape.length, 0) }];
      },
    },
    open_grid: { // of booleans the true ones are found
      operands: ["*=masks"],
      extents: (vectors, dtype) => {
        if (vectors.some((vector) => vector.shape.length !== 1)) refuse("vectors are given: 100; 7 of 100");
        const found = (vector) => (dtype === "bool" ? vector.true : 0);
        return [{ n: vectors.reduce((sum, vector) => sum + product(vector.shape) + found(vector), 0) }];
      },
      readsDtype: true,
    },
  });
}
