// Evaluates the registry's expression trees, and prices a call from them, as the native core does.
// A tree is a number, the name of an extent, or [operator, operands...]. Exact up to 2^53.
"use strict";
window.flopscope = window.flopscope || {};

flopscope.evaluate = function (tree, extents) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") {
    if (tree === "cm" || tree === "ca") return extents[tree] ?? 1;
    return extents[tree] ?? 0;
  }
  const [operator, ...operands] = tree;
  const value = (i) => flopscope.evaluate(operands[i], extents);
  switch (operator) {
    case "+": return value(0) + value(1);
    case "-": return value(0) - value(1);
    case "*": return value(0) * value(1);
    case "/": return value(1) === 0 ? 0 : value(0) / value(1);
    case "**": return value(0) ** value(1);
    case "<": return value(0) < value(1) ? 1 : 0;
    case "min": return Math.min(value(0), value(1));
    case "max": return Math.max(value(0), value(1));
    case "log2": return value(0) <= 0 ? 0 : Math.log2(value(0)); // of nothing, nothing
    case "ceil": return Math.ceil(value(0));
    case "floor": return Math.floor(value(0));
    case "select": return value(0) ? value(1) : value(2);
    default: throw new Error(`no operator ${operator}`);
  }
};

// What a call costs. `passes` are the extents of each pass (a Fourier transform has one an axis);
// `dtype` is [rate, is it complex, are FLOPs counted]. A pass may have a `counted`: extents that
// differ for the FLOPs, since what is masked out is charged but not computed.
flopscope.price = function (operation, passes, dtype) {
  const [rate, isComplex, counted] = dtype;
  const complex = (extents) => ({ ...extents, cm: 6, ca: 2 });
  let flops = 0, cost = 0, complexCost = 0;
  for (const extents of passes) {
    cost += flopscope.evaluate(operation.charge, extents);
    if (isComplex) complexCost += flopscope.evaluate(operation.charge, complex(extents));
    const computed = { ...extents, ...extents.counted };
    if (counted) flops += flopscope.evaluate(operation.flops, isComplex ? complex(computed) : computed);
  }
  let units = cost * rate;
  if (isComplex) {
    // A formula that tells multiplications from additions has its own ratio.
    if (complexCost !== cost) units *= cost !== 0 ? complexCost / cost : 1;
    else units *= operation.complex_factor;
  }
  return { flops: Math.trunc(flops), charged: Math.trunc(units * operation.weight), cost };
};
