// What NumPy asks of the shapes of some operations although no price depends on it: a calculator
// refuses what a program could not call.
"use strict";

{
  const { refuse, written, axisOf, broadcast } = flopscope.shapes;
  const VECTOR = [1, 1], MATRIX = [2, 2], ANY = Infinity;
  // The least and the most dimensions of parameters.
  flopscope.dimensions = {
    bincount: { x: VECTOR, weights: VECTOR },
    diag: { v: [1, 2] },
    diag_indices_from: { arr: [2, ANY] },
    digitize: { bins: VECTOR },
    fill_diagonal: { a: [2, ANY] },
    histogram2d: { x: VECTOR, y: VECTOR },
    interp: { xp: VECTOR },
    "linalg.outer": { x1: VECTOR, x2: VECTOR },
    poly: { seq_of_zeros: [1, 2] },
    polyfit: { x: VECTOR, y: [1, 2] },
    polymul: { a1: [0, 1], a2: [0, 1] },
    "random.Generator.choice": { p: VECTOR },
    "random.Generator.dirichlet": { alpha: VECTOR },
    "random.RandomState.choice": { a: VECTOR, p: VECTOR },
    "random.RandomState.dirichlet": { alpha: VECTOR },
    "random.RandomState.multinomial": { pvals: VECTOR },
    roots: { p: VECTOR },
    searchsorted: { a: VECTOR },
    trace: { a: [2, ANY] },
    trapezoid: { y: [1, ANY] },
    tril_indices_from: { arr: MATRIX },
    triu_indices_from: { arr: MATRIX },
    vander: { x: VECTOR },
  };
  // Along one axis, not several at once; the last two need it named unless there is but one.
  const ONE_AXIS = [
    "argmax", "argmin", "nanargmax", "nanargmin", "cumsum", "cumprod", "nancumsum", "nancumprod",
    "cumulative_sum", "cumulative_prod",
  ];

  const atLeast = (shape, ndim) => [...Array(Math.max(ndim - shape.length, 0)).fill(1), ...shape];
  const joined = (shapes, axis) => {
    const [first, ...others] = shapes;
    if (first.length === 0) refuse("numbers have no axis to be joined along");
    const fits = (other) => other.length === first.length &&
      other.filter((extent, i) => extent !== first[i] && i !== axis).length <= (axis === null ? 1 : 0);
    for (const other of others)
      if (!fits(other)) refuse(`shapes ${written(first)} and ${written(other)} cannot be joined`);
  };
  const JOINS = {
    concatenate: ({ arrays }) => joined(arrays, null), // along the one axis where they differ
    stack: ({ arrays }) => joined(arrays.map((shape) => [1, ...shape]), 0),
    vstack: ({ tup }) => joined(tup.map((shape) => atLeast(shape, 2)), 0),
    hstack: ({ tup }) => joined(tup.map((shape) => atLeast(shape, 1)), atLeast(tup[0], 1).length === 1 ? 0 : 1),
    dstack: ({ tup }) => joined(tup.map((shape) => (shape.length < 3 ? [...atLeast(shape, 2), 1] : shape)), 2),
    column_stack: ({ tup }) => joined(tup.map((shape) => (shape.length < 2 ? [shape[0] ?? 1, 1] : shape)), 1),
  };

  flopscope.fits = function ({ name, shape_rule: shape }, values) {
    for (const [parameter, [least, most]] of Object.entries(flopscope.dimensions[name] ?? {})) {
      const shape = values[parameter];
      if (shape === null || shape === undefined || (shape.length >= least && shape.length <= most)) continue;
      const count = least === most ? `${least}` : most === ANY ? `at least ${least}` : `${least} or ${most}`;
      refuse(`${parameter} has ${count} dimension${count === "1" ? "" : "s"}, not ${shape.length}`);
    }
    if (ONE_AXIS.includes(name) && values.axis?.length > 1) refuse("one axis is named, not several");
    if (name.startsWith("cumulative_") && values.x.length > 1 && values.axis === null)
      refuse(`the axis is needed for ${values.x.length} dimensions`);
    if (values.weights && name.startsWith("histogram") && written(values.weights) !== written(values.a))
      refuse(`weights have the shape of a, ${written(values.a)}`);
    if (name === "allclose") broadcast(values.a, values.b);
    if (name === "linalg.cross")
      for (const x of [values.x1, values.x2])
        if (x[axisOf(values.axis ?? -1, x.length)] !== 3)
          refuse(`vectors have 3 components, those of ${written(x)} have not`);
    if (name.startsWith("random.") && values.size && !/int/.test(name)) {
      // The parameters of a distribution are broadcast to the size.
      const shapes = Object.entries(values).filter(([key, shape]) => key !== "size" && shape?.length > 0);
      const drawn = shape === "draws" ? shapes.map(([, shape]) => shape) : [];
      if (written(broadcast(values.size, ...drawn)) !== written(values.size))
        refuse(`parameters of ${drawn.map(written).join(" and ")} do not fit the size ${written(values.size)}`);
    }
    JOINS[name]?.(values);
  };
}
