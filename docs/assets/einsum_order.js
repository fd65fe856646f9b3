// The order in which a contraction of several arrays is worked out pairwise, as
// dispatch/einsum_order.cpp finds it: that of opt_einsum's `auto`, which the default cost model
// prices. An array is the set of its labels, one bit each of a BigInt.
"use strict";
window.flopscope = window.flopscope || {};

{
  const bits = (set) => {
    const found = [];
    for (let label = 0; set !== 0n; ++label, set >>= 1n) if (set & 1n) found.push(label);
    return found;
  };
  // Compares lists of numbers as tuples are compared.
  const compare = (a, b) => {
    for (let i = 0; i < a.length; ++i) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
  };

  // The order in which a Python set of small integers is iterated: opt_einsum keeps the arrays
  // that remain in one, and with six operands or more it decides which branches are cut off.
  class IntegerSet {
    constructor() {
      this.slots = Array(8).fill(null);
      this.used = 0;
    }
    add(x) {
      this.place(x);
      if (++this.used * 5 >= (this.slots.length - 1) * 3) this.grow(this.used * 4);
      return this;
    }
    with(x) {
      const copy = new IntegerSet();
      if (this.used * 5 >= 21) copy.grow(this.used * 2);
      if (copy.slots.length === this.slots.length) copy.slots = [...this.slots];
      else this.inOrder().forEach((y) => copy.place(y));
      copy.used = this.used;
      if ((this.used + 1) * 5 >= (copy.slots.length - 1) * 3) copy.grow((this.used + 1) * 2);
      return copy.add(x);
    }
    inOrder() { return this.slots.filter((x) => x !== null); }
    place(x) {
      const mask = this.slots.length - 1;
      let at = x & mask, perturb = x;
      while (this.slots[at] !== null) {
        perturb >>= 5;
        at = (at * 5 + 1 + perturb) & mask;
      }
      this.slots[at] = x;
    }
    grow(contents) {
      let places = 8;
      while (places <= contents) places *= 2;
      const before = this.inOrder();
      this.slots = Array(places).fill(null);
      before.forEach((x) => this.place(x));
    }
  }

  // What contracting two arrays makes, and takes. Remembered by the labels of the two alone, as
  // opt_einsum does, which settles ties between equal operands.
  class Steps {
    constructor(output, volume) {
      this.output = output;
      this.volume = volume;
      this.known = new Map();
    }
    of(a, b, others) {
      const key = `${a} ${b}`;
      if (!this.known.has(key)) {
        const keep = others.reduce((all, labels) => all | labels, this.output);
        const sums = (a & b & ~keep) !== 0n;
        this.known.set(key, { result: (a | b) & keep, flops: this.volume(a | b) * (sums ? 2 : 1) });
      }
      return this.known.get(key);
    }
  }

  // Depth first over all the pairs that may come next: for up to four operands.
  const exhaustive = (operands, output, volume) => {
    const steps = new Steps(output, volume), arrays = [...operands], path = [];
    let best = null, bestFlops = Infinity;
    const descend = (remaining, flops) => {
      for (let x = 0; x < remaining.length; ++x)
        for (let y = x + 1; y < remaining.length; ++y) {
          const pair = [remaining[x], remaining[y]];
          const others = remaining.filter((i) => !pair.includes(i));
          const made = steps.of(arrays[pair[0]], arrays[pair[1]], others.map((i) => arrays[i]));
          const total = flops + made.flops;
          if (best !== null && total >= bestFlops) continue;
          path.push(pair);
          if (others.length > 0) {
            const next = arrays.push(made.result) - 1;
            descend([...others, next], total);
            arrays.pop();
          } else [best, bestFlops] = [[...path], total];
          path.pop();
        }
    };
    descend(operands.map((_, i) => i), 0);
    return best;
  };

  // Depth first over the few best ones of the pairs that may come next.
  const search = (operands, output, volume) => {
    const width = operands.length <= 6 ? operands.length ** 2 : operands.length <= 8 ? 2 : 1;
    const steps = new Steps(output, volume), arrays = [...operands], path = [], progress = new Map();
    let best = null, bestCost = [Infinity, Infinity];
    const consider = (remaining, pair, flops, largest, candidates) => {
      const [a, b] = pair.map((i) => arrays[i]);
      const others = remaining.filter((i) => !pair.includes(i)).map((i) => arrays[i]);
      const next = steps.of(a, b, others);
      const total = flops + next.flops, size = volume(next.result), most = Math.max(largest, size);
      if (best !== null && compare([total, most], bestCost) >= 0) return;
      const seen = progress.get(arrays.length);
      if (seen === undefined || total < seen) progress.set(arrays.length, total);
      else if (total > 4 * seen) return; // much dearer than the best one that got this far
      const key = [size - volume(a) - volume(b), next.flops, total, most, ...pair];
      candidates.push({ key, pair, result: next.result, total, most });
    };
    const descend = (remaining, flops, largest) => {
      if (remaining.length === 1) {
        [best, bestCost] = [[...path], [flops, largest]];
        return;
      }
      const candidates = []; // outer products only where there is nothing else
      for (let outer = 0; outer < 2 && candidates.length === 0; ++outer)
        for (let x = 0; x < remaining.length; ++x)
          for (let y = x + 1; y < remaining.length; ++y) {
            const pair = [remaining[x], remaining[y]].sort((i, j) => i - j);
            if (outer === 0 && (arrays[pair[0]] & arrays[pair[1]]) === 0n) continue;
            consider(remaining, pair, flops, largest, candidates);
          }
      candidates.sort((a, b) => compare(a.key, b.key));
      for (const { pair, result, total, most } of candidates.slice(0, width)) {
        const others = new IntegerSet();
        for (const i of remaining) if (!pair.includes(i)) others.add(i);
        const rest = others.with(arrays.length).inOrder();
        arrays.push(result);
        path.push(pair);
        descend(rest, total, most);
        path.pop();
        arrays.pop();
      }
    };
    descend(operands.map((_, i) => i), 0, 0);
    return best;
  };

  // Repeatedly the pair whose result grows memory least.
  const greedy = (operands, given, volume) => {
    const path = [], arrays = new Map(), uses = new Map(), candidates = [];
    const output = given | operands.reduce((common, labels) => common & labels);
    let next = operands.length, tick = 0, twice = 0n, thrice = 0n;
    operands.forEach((labels, number) => { // one with the same labels is multiplied at once
      if (!arrays.has(labels)) arrays.set(labels, number);
      else {
        path.push([arrays.get(labels), number]);
        arrays.set(labels, next++);
      }
    });
    const users = (label) => uses.get(label) ?? uses.set(label, []).get(label);
    const note = (labels) => {
      for (const label of bits(labels & ~output)) if (!users(label).includes(labels)) users(label).push(labels);
    };
    const drop = (labels) => {
      for (const label of bits(labels & ~output)) uses.set(label, users(label).filter((other) => other !== labels));
    };
    const count = (label) => {
      const mark = 1n << BigInt(label), times = users(label).length;
      twice = times >= 2 ? twice | mark : twice & ~mark;
      thrice = times >= 3 ? thrice | mark : thrice & ~mark;
    };
    const push = (a, partners) => {
      const found = partners.map((b) => {
        const either = a | b, both = a & b, [na, nb] = [arrays.get(a), arrays.get(b)];
        const result = (either & output) | (both & thrice) | (either & ~both & twice);
        const key = [volume(result) - volume(a) - volume(b), Math.max(na, nb), Math.min(na, nb), tick++];
        return { key, pair: na <= nb ? [a, b] : [b, a], result };
      });
      candidates.push(found.reduce((best, other) => (compare(other.key, best.key) < 0 ? other : best)));
    };
    const contract = ({ pair: [a, b], result }) => {
      path.push([arrays.get(a), arrays.get(b)]);
      for (const labels of [a, b]) {
        arrays.delete(labels);
        drop(labels);
      }
      if (arrays.has(result)) path.push([arrays.get(result), next++]);
      else note(result);
      arrays.set(result, next++);
      bits(a | (b & ~output)).forEach(count);
      const partners = new Set(bits(result).flatMap(users).filter((other) => other !== result));
      if (partners.size > 0) push(result, [...partners]);
    };
    const ascending = [...arrays.keys()].sort((a, b) => (a < b ? -1 : 1));
    ascending.forEach(note);
    const labels = [...uses.keys()].sort((a, b) => a - b);
    labels.forEach(count);
    for (const label of labels) {
      const sharing = [...users(label)].sort((a, b) => arrays.get(a) - arrays.get(b));
      for (let i = 0; i + 1 < sharing.length; ++i) push(sharing[i], sharing.slice(i + 1));
    }
    const least = (from, order) => {
      const at = from.reduce((best, item, i) => (order(item, from[best]) < 0 ? i : best), 0);
      return from.splice(at, 1)[0];
    };
    while (candidates.length > 0) {
      const candidate = least(candidates, (a, b) => compare(a.key, b.key));
      if (candidate.pair.every((set) => arrays.has(set))) contract(candidate);
    }
    // Arrays without common labels are left: outer products, the smallest first.
    const left = [...arrays].map(([set, number]) => [volume(set & output), number, set]);
    let one = least(left, compare);
    while (left.length > 0) {
      const other = least(left, compare);
      path.push([one[1], other[1]].sort((a, b) => a - b));
      const both = (one[2] | other[2]) & output;
      left.push([volume(both), next++, both]);
      one = least(left, compare);
    }
    return path;
  };

  // One pair of numbers a step; each step's result is numbered after the operands.
  flopscope.contractionOrder = (operands, output, volume) => {
    const way = operands.length <= 4 ? exhaustive : operands.length <= 14 ? search : greedy;
    return way(operands, output, volume);
  };
  flopscope.bits = bits;
}
