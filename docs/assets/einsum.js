// The extents of einsum over one array or two, as dispatch/measure_einsum.cpp finds them. More of
// them are contracted in an order that is searched for, which flopscope.accounting does.
"use strict";

{
  const { refuse } = flopscope.shapes;

  // {inputs: [labels of each array], output: labels}
  const parse = (text) => {
    const plain = text.replace(/\s/g, "");
    if (!/^[a-zA-Z]*(,[a-zA-Z]*)*(->[a-zA-Z]*)?$/.test(plain))
      refuse(`"${text}" is not read here: write labels, as in ij,jk->ik`);
    const [left, right] = plain.split("->");
    const inputs = left.split(",").map((labels) => [...labels]);
    if (inputs.length > 2) refuse("of three arrays and more, flopscope.accounting.einsum_cost tells");
    const all = inputs.flat();
    const once = [...new Set(all)].filter((label) => all.indexOf(label) === all.lastIndexOf(label));
    const output = right === undefined ? once.sort() : [...right];
    for (const label of output) if (!all.includes(label)) refuse(`no array has the label ${label}`);
    return { inputs, output };
  };

  const sizesOf = (inputs, shapes) => {
    const sizes = {};
    inputs.forEach((labels, i) => {
      if (shapes[i].length !== labels.length)
        refuse(`${labels.join("")} has ${labels.length} labels, the shape ${shapes[i].length} extents`);
      labels.forEach((label, d) => {
        const known = sizes[label] ?? 1, extent = shapes[i][d];
        if (known !== 1 && extent !== 1 && known !== extent) refuse(`${label} is ${known} and ${extent}`);
        sizes[label] = known === 1 ? extent : known;
      });
    });
    return sizes;
  };

  flopscope.rules.einsum = {
    operands: ["text", "shape", "shape"],
    names: ["subscripts", "a", "b"], // b is not looked at where the subscripts are of one array
    extents: (text, ...shapes) => {
      const { inputs, output } = parse(text);
      const sizes = sizesOf(inputs, shapes);
      const volume = (labels) => labels.reduce((product, label) => product * sizes[label], 1);
      const all = [...new Set(inputs.flat())], out = [...new Set(output)];
      const loop = { o: volume(out), k: volume(all.filter((label) => !out.includes(label))) };
      if (inputs.length === 1)
        return [{ ...loop, q: 0, p: 0, s: Math.max(0, volume(all) - volume(out)), w: 0 }];
      // What only one of the two arrays has is summed before they meet.
      let before = 0;
      const kept = new Set();
      inputs.forEach((labels, i) => {
        const stays = (label) => inputs[1 - i].includes(label) || out.includes(label);
        before += Math.max(0, volume(labels) - volume(labels.filter(stays)));
        labels.filter(stays).forEach((label) => kept.add(label));
      });
      const products = volume([...kept]);
      const additions = products === 0 ? 0 : Math.max(0, products - volume(out));
      return [{ ...loop, q: 1, p: products, s: before + additions, w: 0 }];
    },
  };
}
