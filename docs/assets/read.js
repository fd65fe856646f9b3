// Reads what is typed into a calculator's field, by the kind of the field, as Python and NumPy
// write it; what cannot be read is refused with what to write instead.
"use strict";
window.flopscope = window.flopscope || {};

{
  const { refuse, product } = flopscope.shapes;
  const NUMBER = /^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
  const TOKENS = /\.\.\.|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[a-z_]+|\S/gi;
  const LARGEST = "more than 2^53, which is more than a page counts exactly: ask flopscope.accounting.cost";

  const whole = (value, text) => {
    if (!Number.isInteger(value)) refuse(`"${text}" is no integer`);
    return Number.isSafeInteger(value) ? value : refuse(`${text} is ${LARGEST}`);
  };
  const extents = (shape, text) => {
    for (const extent of shape) if (extent < 0) refuse(`"${text}" is no shape: ${extent} is negative`);
    if (product(shape) > Number.MAX_SAFE_INTEGER) refuse(`${text} is ${LARGEST}`);
    return shape;
  };

  // "3, 4" or "(3, 4)" or "3x4"; nothing is the shape of a number.
  const shape = (text) => {
    const parts = text.replace(/[()[\]\s]+/g, " ").split(/[\s,x×]+/).filter(Boolean);
    if (!parts.every((part) => /^[-+]?\d+$/.test(part)))
      refuse(`"${text.trim()}" is no shape: write 100, 50`);
    return extents(parts.map((part) => whole(Number(part), part)), text.trim());
  };
  // Of an array of booleans, how many are true: all of them, or so many of a shape.
  const mask = (text) => {
    const [, count, of] = text.match(/^\s*(\d+)\s+of\b(.*)$/) ?? [null, null, text];
    const dims = shape(of), size = product(dims);
    const trues = count === null ? size : Number(count);
    if (trues > size) refuse(`${trues} of ${size} elements cannot be true`);
    return { shape: dims, true: trues };
  };

  // A list of lists as an array: its shape, and of booleans how many are true.
  const listed = (list, text) => {
    const dims = [];
    let level = list;
    for (; Array.isArray(level); level = level[0]) dims.push(level.length);
    const regular = (item, d) =>
      d === dims.length ? !Array.isArray(item) : item.length === dims[d] && item.every((i) => regular(i, d + 1));
    const values = list.flat(64);
    const booleans = values.filter((value) => typeof value === "boolean");
    const plain = booleans.length ? booleans.length === values.length : values.every(Number.isSafeInteger);
    if (!regular(list, 0) || !plain)
      refuse(`"${text}" is no index: a list holds integers, or booleans; slices stand without brackets`);
    return booleans.length ? { shape: dims, true: booleans.filter(Boolean).length } : { shape: dims, values };
  };

  // Numbers, None, True, False, ..., slices, lists and tuples; ints(3, 4) stands for an array of
  // integers of that shape, mask(7 of 3, 4) for one of booleans.
  class Reader {
    constructor(text) {
      this.text = text.trim();
      this.tokens = text.match(TOKENS) ?? [];
      this.at = 0;
    }
    peek() { return this.tokens[this.at]; }
    take(token) {
      if (this.peek() !== token) return false;
      this.at += 1;
      return true;
    }
    wrong() { refuse(`"${this.text}" is not read here: "${this.peek() ?? "the end"}" is out of place`); }
    items(end) {
      const found = [];
      found.comma = false;
      while (this.peek() !== end) {
        found.push(this.item());
        if (this.peek() !== end && !(found.comma = this.take(","))) this.wrong();
      }
      return found;
    }
    item() {
      const parts = [this.part(), null, null];
      let slice = false;
      for (let i = 1; i < 3 && this.take(":"); ++i, slice = true) parts[i] = this.part();
      if (!slice) return parts[0] === undefined ? this.wrong() : parts[0];
      return { slice: parts.map((part) => part ?? null) };
    }
    part() {
      const token = this.peek();
      if (token === undefined || /^[:,)\]]$/.test(token)) return undefined;
      this.at += 1;
      const constants = { None: null, True: true, False: false, "...": "..." };
      if (token in constants) return constants[token];
      if (NUMBER.test(token)) return Number(token);
      if ((token === "-" || token === "+") && NUMBER.test(this.peek() ?? "")) {
        const value = Number(this.tokens[this.at++]);
        return token === "-" ? -value : value;
      }
      if (token === "[" || token === "(") {
        const close = token === "[" ? "]" : ")";
        const items = this.items(close);
        this.at += 1;
        return token === "(" && items.length === 1 && !items.comma ? items[0] : [...items];
      }
      if ((token === "ints" || token === "mask") && this.take("(")) {
        const from = this.at;
        while (this.peek() !== undefined && this.peek() !== ")") this.at += 1;
        const inner = this.tokens.slice(from, this.at).join(" ");
        if (!this.take(")")) this.wrong();
        return { array: true, ...(token === "mask" ? mask(inner) : { shape: shape(inner) }) };
      }
      this.at -= 1;
      return this.wrong();
    }
    all() {
      const found = this.items(undefined);
      return found.length === 1 && !found.comma ? found[0] : [...found];
    }
  }
  const literal = (text) => new Reader(text).all();
  const list = (value) => (Array.isArray(value) ? value : [value]);
  const finite = (value, text) =>
    typeof value === "number" && Number.isFinite(value) ? value : refuse(`"${text}" is no number`);

  const numbers = (text) => list(literal(text)).map((value) => finite(value, text.trim()));
  const one = (found, text) => (found.length === 1 ? found[0] : refuse(`"${text}" is not one number`));
  const integers = (text) => numbers(text).map((value) => whole(value, text.trim()));
  const nested = (text) => {
    const check = (value) => (Array.isArray(value) ? value.map(check) : whole(finite(value, text), text));
    return check(literal(text));
  };
  // The text between brackets: each index as it is, lists as arrays.
  const key = (text) => {
    const found = new Reader(text).items(undefined);
    if (found.length === 0) refuse("an index is given: 2:10, :, None");
    return found.map((item) => {
      if (typeof item === "number") return whole(item, text);
      if (typeof item === "boolean") return { shape: [], true: Number(item) };
      return Array.isArray(item) ? listed(item, text) : item;
    });
  };
  const index = (text) => {
    const found = key(text);
    if (found.length !== 1 || found[0] === null || found[0] === "...")
      refuse(`"${text.trim()}" is not one index: write 3, 2:10, [1, 5] or mask(7 of 100)`);
    return found[0];
  };
  const several = (read) => (text) => {
    const parts = text.split(";");
    if (parts.at(-1).trim() === "" && parts.length > 1) parts.pop();
    return parts.map(read);
  };

  flopscope.tooLarge = LARGEST;
  flopscope.read = {
    shape, mask, key, index, nested, integers,
    shapes: several(shape),
    masks: several(mask),
    size: shape,
    bins: (text) => {
      const found = literal(text);
      return Array.isArray(found) ? found.map((value) => finite(value, text)) : whole(finite(found, text), text);
    },
    items: (text) => ({ items: numbers(text) }),
    axes: integers,
    number: (text) => one(numbers(text), text),
    count: (text) => one(integers(text), text),
    axis: (text) => one(integers(text), text),
    text: (text) => text,
    flag: (text) => text === "True",
  };

  const MASK = "7 of 100 stands for 100 booleans of which 7 are true.";
  const INDEX = "As between brackets in Python. ints(20, 3) stands for an array of integers of that " +
    "shape, mask(7 of 100) for one of 100 booleans of which 7 are true.";
  // What a field of each kind holds: words beside its name, and what it starts with.
  flopscope.kinds = {
    shape: { words: "shape", start: "100, 100" },
    shapes: { words: "shapes, apart by ;", start: "100, 100; 100, 100" },
    size: { words: "integers", start: "1000" },
    integers: { words: "integers", start: "10" },
    items: { words: "numbers", start: "1" },
    number: { words: "number", start: "100" },
    count: { words: "integer", start: "10" },
    axis: { words: "axis" },
    axes: { words: "axes" },
    bins: { words: "number or edges" },
    nested: { words: "integers", start: "2" },
    mask: { words: "shape, or 7 of 100", start: "70 of 100", help: MASK },
    masks: { words: "shapes, apart by ;", start: "100; 100", help: MASK },
    key: { words: "as 2:10, :, None", start: "2:10", help: INDEX },
    index: { words: "as 3, 2:10, [1, 5]", start: "3", help: INDEX },
    text: { words: "text", start: "" },
  };
}
