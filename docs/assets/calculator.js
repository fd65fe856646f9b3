// The calculator on an operation's page: shapes and dtype in, FLOPs and charged units out.
"use strict";

{
  // The fields of an operation, in the order of its parameters: {name, kind, optional, words}, with
  // the words that there are to choose from, or null.
  // A value is given for each in the order of the rule, which `at` keeps.
  flopscope.fields = function (operation) {
    const rule = flopscope.rules[operation.shape_rule];
    const { operands, parameters } = operation;
    const kinds = typeof rule.operands === "function" ? rule.operands(operands) : rule.operands;
    const rest = parameters.find((name) => name.startsWith("*"))?.slice(1);
    const found = kinds.map((told, at) => {
      const [, own, kind, mark, words] = told.match(/^(?:([^=?]+)=)?([^?]+)(\?)?(.*)$/);
      const name = own === "*" ? rest : own ?? operands[at];
      // One of some words may be left out where it is an argument.
      const isArgument = parameters.some((word) => word.replace("*", "") === name);
      const optional = mark === "?" && (kind !== "word" || isArgument);
      const choices = { dtype: Object.keys(operation.dtypes), flag: ["True", "False"], word: words.split(",") };
      return { at, name, kind, optional, words: choices[kind] ?? null };
    });
    const types = Object.keys(operation.overridden);
    if (types.length > 0)
      found.push({ at: kinds.length, name: "dtype", kind: "dtype", optional: true, words: types });
    const lacks = (name) => ["where", "initial"].includes(name) && !parameters.includes(name);
    const asked = found.filter(({ name, kind }) => name && name !== "-" && kind !== "-" && !lacks(name));
    let place = -1; // a name that is no parameter's comes after the one before it
    for (const field of asked) {
      const at = parameters.findIndex((parameter) => parameter.replace(/^\*/, "") === field.name);
      field.place = place = at < 0 ? place + 0.5 : at;
    }
    return asked.sort((a, b) => a.place - b.place);
  };

  // Prices what the fields hold: `values` by the names of the fields; null is what is left out.
  flopscope.calculate = function (operation, values, dtype) {
    const rule = flopscope.rules[operation.shape_rule];
    const kinds = typeof rule.operands === "function" ? rule.operands(operation.operands) : rule.operands;
    const given = kinds.map(() => null);
    for (const { at, name } of flopscope.fields(operation)) given[at] = values[name] ?? null;
    flopscope.fits(operation, values);
    const read = given.filter((_, i) => i < kinds.length && kinds[i] !== "-");
    const type = rule.rated ? rule.rated(read, dtype, operation.dtypes) : dtype;
    const rates = operation.overridden[given[kinds.length]] ?? operation.dtypes[type] ?? [1, 0, 1];
    if (rule.readsDtype) read.push(dtype);
    const priced = flopscope.price(operation, rule.extents(...read), rates);
    if (!Object.values(priced).every((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER))
      flopscope.shapes.refuse(flopscope.tooLarge);
    return priced;
  };

  const choice = (words) => {
    const select = document.createElement("select");
    select.append(...words.map(([text, value]) => new Option(text, value)));
    return select;
  };

  // Makes the form of a box that has its operation as JSON.
  flopscope.build = function (box) {
    const operation = JSON.parse(box.dataset.operation);
    const rule = flopscope.rules[operation.shape_rule];
    const fields = flopscope.fields(operation);
    const form = document.createElement("form");
    const result = document.createElement("output");
    const labelled = (name, words, input) => {
      const label = form.appendChild(document.createElement("label"));
      const title = label.appendChild(document.createElement("span"));
      title.append(name);
      if (words) title.append(" ", Object.assign(document.createElement("small"), { textContent: words }));
      input.name = name;
      label.append(input);
      return input;
    };
    const started = (name, kind, optional) => {
      if (rule.start?.[name] !== undefined || optional) return rule.start?.[name] ?? "";
      const vector = flopscope.dimensions[operation.name]?.[name]?.[1] === 1;
      return rule.start?.others ?? (vector ? "100" : flopscope.kinds[kind].start);
    };
    const inputs = fields.map(({ name, kind, optional, words }) => {
      if (words) {
        const all = words.map((word) => [word, word]);
        const usual = kind === "flag" || optional ? [["default", ""]] : [];
        return labelled(name, "", choice([...usual, ...all]));
      }
      const about = flopscope.kinds[kind];
      const input = document.createElement("input");
      input.className = kind;
      input.value = started(name, kind, optional);
      input.placeholder = optional ? "default" : kind === "shape" ? "a number" : "";
      input.spellcheck = false;
      input.autocomplete = "off";
      return labelled(name, rule.words?.[name] ?? about.words, input);
    });
    const dtypes = choice(Object.keys(operation.dtypes).map((dtype) => [dtype, dtype]));
    const argued = fields.some(({ kind }) => kind === "dtype");
    if (dtypes.length > 1) labelled(argued ? `${fields[0].name}.dtype` : "dtype", "", dtypes);
    const read = (input, { kind, optional }) => {
      if (input.value.trim() === "" && (optional || input.tagName === "SELECT")) return null;
      return input.tagName === "SELECT" && kind !== "flag" ? input.value : flopscope.read[kind](input.value);
    };
    const update = () => {
      try {
        const values = Object.fromEntries(fields.map((field, i) => [field.name, read(inputs[i], field)]));
        const { flops, charged } = flopscope.calculate(operation, values, dtypes.value);
        const number = (value) => `<b>${value.toLocaleString("en-US")}</b>`;
        result.innerHTML = `${number(flops)} FLOPs, ${number(charged)} charged units`;
        result.classList.remove("wrong");
      } catch (error) {
        result.textContent = error.message;
        result.classList.add("wrong");
      }
    };
    const help = new Set([rule.help, ...fields.map(({ kind }) => flopscope.kinds[kind]?.help)]);
    for (const text of help)
      if (text) form.appendChild(document.createElement("p")).textContent = text;
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.appendChild(result); // form.append may be the field of an argument
    box.replaceChildren(form);
    update();
  };

  const start = () => document.querySelectorAll(".calculator[data-operation]").forEach(flopscope.build);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
