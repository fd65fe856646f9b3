// Arithmetic of shapes, for the rules in extents.js and extents_of_arrays.js.
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

  flopscope.shapes = { product, refuse, axisOf, broadcast, lanes, same, matrix, diagonal };
}
