// The extents of einsum over any number of different arrays, as dispatch/measure_einsum.cpp finds
// them: those of the loops that NumPy runs, and of the pairwise steps that are charged.
"use strict";

{
  const { refuse, written } = flopscope.shapes;
  const { bits } = flopscope;
  const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];

  // {inputs: [labels of each array], output: labels, sizes}, labels numbered as letters are ordered
  // and the axes that an ellipsis stands for after them.
  const parse = (text, shapes) => {
    const plain = text.replace(/\s/g, "");
    const term = "[a-zA-Z]*(\\.\\.\\.)?[a-zA-Z]*";
    if (!new RegExp(`^${term}(,${term})*(->${term})?$`).test(plain))
      refuse(`"${text}" is not read here: write labels, as in ij,jk->ik`);
    const [left, right] = plain.split("->");
    const terms = left.split(",");
    if (terms.length > 64) refuse(`at most 64 arrays are contracted, not ${terms.length}`);
    if (terms.length !== shapes.length)
      refuse(`the subscripts are of ${terms.length} arrays, there are ${shapes.length} shapes`);
    const letters = (of) => of.replace("...", "").length;
    const spans = terms.map((of, i) => {
      const span = shapes[i].length - letters(of);
      if (span < 0 || (span > 0 && !of.includes("...")))
        refuse(`${of || '""'} has ${letters(of)} labels, ${written(shapes[i])} has ${shapes[i].length} axes`);
      return span;
    });
    const widest = Math.max(...spans);
    const labels = (of, span) => {
      const [before, after] = of.split("...");
      const axes = Array.from({ length: span }, (_, i) => LETTERS.length + widest - span + i);
      const numbers = (word) => [...(word ?? "")].map((letter) => LETTERS.indexOf(letter));
      return [...numbers(before), ...(after === undefined ? [] : axes), ...numbers(after)];
    };
    const inputs = terms.map((of, i) => labels(of, spans[i]));
    const all = inputs.flat();
    if (right !== undefined && widest > 0 && !right.includes("..."))
      refuse("the result needs ... for the axes that ... stands for");
    const once = [...new Set(all)].filter((label) => label < LETTERS.length &&
      all.indexOf(label) === all.lastIndexOf(label));
    const implied = [...labels("...", widest), ...once.sort((a, b) => a - b)];
    const output = right === undefined ? implied : labels(right, widest);
    output.forEach((label, i) => {
      if (!all.includes(label)) refuse(`no array has the label ${LETTERS[label]}`);
      if (output.indexOf(label) !== i) refuse(`the result has the label ${LETTERS[label]} twice`);
    });
    const sizes = [];
    inputs.forEach((ofOne, i) => ofOne.forEach((label, d) => {
      const known = sizes[label] ?? 1, extent = shapes[i][d];
      if (known !== 1 && extent !== 1 && known !== extent)
        refuse(`${LETTERS[label] ?? "an axis of ..."} is ${known} and ${extent}`);
      sizes[label] = known === 1 ? extent : known;
    }));
    return { inputs, output, sizes };
  };

  const set = (labels) => labels.reduce((all, label) => all | (1n << BigInt(label)), 0n);

  flopscope.rules.einsum = {
    operands: ["subscripts=text", "*=shapes", "optimize=flag?", "out=shape?"],
    start: { subscripts: "ij,jk->ik" },
    words: { subscripts: "as ij,jk->ik" },
    help: flopscope.rules.dot.help,
    extents: (text, shapes, optimize, out) => {
      const { inputs, output, sizes } = parse(text, shapes);
      const volume = (labels) => bits(labels).reduce((product, label) => product * sizes[label], 1);
      const results = set(output);
      const shape = output.map((label) => sizes[label]);
      if (out !== null && written(out) !== written(shape)) refuse(`out has the result's shape, ${written(shape)}`);
      const w = out === null ? 0 : volume(results);
      const loop = (labels, kept, count) => ({ o: volume(kept), k: volume(labels & ~kept), q: count - 1 });
      // The labels of an operand as they are written: a diagonal counts twice.
      const arrays = inputs.map((labels) => ({ set: set(labels), written: labels }));
      const size = (array, kept) => array.written
        ? array.written.reduce((product, label) => product * ((kept >> BigInt(label)) & 1n ? sizes[label] : 1), 1)
        : volume(array.set & kept);
      const all = arrays.reduce((labels, array) => labels | array.set, 0n);
      if (arrays.length === 1)
        return [{ ...loop(all, results, 1), p: 0, s: Math.max(0, volume(all) - volume(results)), w }];
      // What only one of two arrays has is summed before they meet.
      const step = (a, b, kept) => {
        let before = 0, met = 0n;
        for (const [one, other] of [[a, b], [b, a]]) {
          const stays = one.set & (other.set | kept);
          if (stays !== one.set) before += Math.max(0, size(one, ~0n) - size(one, stays));
          met |= stays;
        }
        const p = volume(met), additions = p === 0 ? 0 : p - volume(kept);
        return { p, s: Math.max(0, before + additions) };
      };
      if (arrays.length === 2)
        return [{ ...loop(all, results, 2), ...step(...arrays, results), w }];
      const passes = [], charged = { p: 0, s: 0 }, waiting = new Set(arrays.keys());
      for (const [first, second] of flopscope.contractionOrder(arrays.map((array) => array.set), results, volume)) {
        const [a, b] = [arrays[Math.min(first, second)], arrays[Math.max(first, second)]];
        waiting.delete(first);
        waiting.delete(second);
        const keep = [...waiting].reduce((labels, i) => labels | arrays[i].set, results);
        const either = a.set | b.set, kept = either & keep;
        const { p, s } = step(a, b, kept);
        charged.p += p;
        charged.s += s;
        if (optimize) passes.push({ ...loop(either, kept, 2), p: 0, s: 0, w: 0 });
        waiting.add(arrays.push({ set: kept }) - 1);
      }
      // Unless it is asked to optimise, NumPy runs one loop over all operands.
      const once = optimize ? { o: 0, k: 0, q: 0 } : loop(all, results, inputs.length);
      return [...passes, { ...once, ...charged, w }];
    },
  };
}
