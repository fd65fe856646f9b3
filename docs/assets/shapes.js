// Arithmetic of shapes, for the rules in extents.js and extents_of_arrays.js.
"use strict";
window.flopscope = window.flopscope || {};

{
  const product = (shape) => shape.reduce((a, b) => a * b, 1);
  const refuse = (why) => { throw new Error(why); };
  const written = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  // An index from 0 on; of `what` there are so many `where`.
  const indexOf = (index, length, what, where) => {
    const at = index < 0 ? index + length : index;
    return at >= 0 && at < length ? at : refuse(`${what} ${index} is out of bounds for ${length} ${where}`);
  };
  const axisOf = (axis, ndim) => indexOf(axis, ndim, "axis", "dimensions");
  const broadcast = (...shapes) => {
    const ndim = Math.max(0, ...shapes.map((shape) => shape.length));
    return Array.from({ length: ndim }, (_, i) => {
      let extent = 1;
      for (const shape of shapes) {
        const own = shape[shape.length - ndim + i] ?? 1;
        if (own === 1 || own === extent) continue;
        if (extent !== 1) refuse(`shapes ${shapes.map(written).join(" and ")} do not broadcast`);
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
  // The axes that one or several numbers name, each once; all of them where there are none.
  const axesOf = (axes, ndim) => {
    const found = (axes ?? Array.from({ length: ndim }, (_, i) => i)).map((axis) => axisOf(axis, ndim));
    if (new Set(found).size < found.length) refuse("an axis is named twice");
    return found;
  };
  const without = (shape, axes) => shape.filter((_, i) => !axes.includes(i));
  const same = (k, other) => (k === other ? k : refuse(`${k} and ${other} do not fit`));
  const matrix = (shape) => {
    if (shape.length < 2) refuse("a matrix has two dimensions");
    const [r, c] = shape.slice(-2);
    const k = Math.min(r, c);
    return { b: product(shape.slice(0, -2)), r, c, m: Math.max(r, c), k, n: k };
  };
  const diagonal = (rows, columns, offset) => {
    const k = Math.min(Math.max(offset, -rows), columns);
    return Math.max(k >= 0 ? Math.min(rows, columns - k) : Math.min(rows + k, columns), 0);
  };

  flopscope.shapes = {
    product, refuse, written, indexOf, axisOf, axesOf, without, broadcast, lanes, same, matrix, diagonal,
  };
}
