// The calculator on an operation's page: shapes and dtype in, FLOPs and charged units out.
"use strict";

{
  // "3, 4" or "(3, 4)" or "3x4"; nothing is the shape of a number.
  const readShape = (text) => {
    const parts = text.replace(/[()[\]\s]+/g, " ").split(/[\s,x×]+/).filter(Boolean);
    const shape = parts.map(Number);
    if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0))
      throw new Error(`"${text}" is no shape: write 100, 50`);
    return shape;
  };
  const readInteger = (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value)) throw new Error(`"${text}" is no integer`);
    return value;
  };

  // The operands that a rule reads, with the names that the operation gives them.
  flopscope.fields = function (operation) {
    const rule = flopscope.rules[operation.shape_rule];
    if (!rule) return extentFields(operation);
    const names = rule.names ?? operation.operands;
    if (rule.last) return [{ name: names.at(-1) ?? "size", kind: rule.operands[0] }];
    if (rule.operands[0] === "shape...") return names.map((name) => ({ name, kind: "shape" }));
    return rule.operands
      .map((kind, i) => ({ name: names[i], kind }))
      .filter(({ name, kind }) => name !== undefined && name !== "-" && kind !== "-");
  };

  const extentFields = (operation) => {
    const found = new Set();
    const visit = (tree) => {
      if (typeof tree === "string") found.add(tree);
      else if (Array.isArray(tree)) tree.slice(1).forEach(visit);
    };
    visit(operation.flops);
    visit(operation.charge);
    const meaning = (name) =>
      Object.entries(operation.letters).find(([names]) => names.split(", ").includes(name))?.[1];
    return [...found]
      .filter((name) => name !== "cm" && name !== "ca")
      .sort()
      .map((name) => ({ name, kind: "extent", meaning: meaning(name) }));
  };

  // Prices what the fields hold: `values` are shapes, integers, flags, words or null, in their order.
  flopscope.calculate = function (operation, values, dtype) {
    const rates = operation.dtypes[dtype] ?? [1, 0, 1];
    const rule = flopscope.rules[operation.shape_rule];
    if (!rule) {
      const names = extentFields(operation).map((field) => field.name);
      return flopscope.price(operation, [Object.fromEntries(names.map((n, i) => [n, values[i]]))], rates);
    }
    const given = [...values];
    const entered = rule.operands.filter((kind) => kind !== "-");
    while (entered[0] !== "shape..." && given.length < entered.length) given.push(null);
    if (rule.readsDtype) given.push(dtype);
    return flopscope.price(operation, rule.extents(...given), rates);
  };

  const START = { text: "ij,jk->ik", shape: "100, 100", size: "1000", count: "10", extent: "100" };

  const build = (box) => {
    const operation = JSON.parse(box.dataset.operation);
    const fields = flopscope.fields(operation);
    const form = document.createElement("form");
    const result = document.createElement("output");
    const inputs = fields.map(({ name, kind, meaning }) => {
      const label = form.appendChild(document.createElement("label"));
      const [what, words] = kind.split("?");
      label.append(meaning ? `${name}: ${meaning} ` : `${name} `);
      let input;
      if (words || what === "flag") {
        input = document.createElement("select");
        const choices = words ? words.split(",") : ["True", "False"];
        input.append(...["", ...choices].map((word) => new Option(word || "default", word)));
      } else {
        input = document.createElement("input");
        const isFlag = meaning?.startsWith("1 ");
        input.value = kind.endsWith("?") ? "" : isFlag ? "1" : START[what] ?? "";
        input.placeholder = { shape: "100, 50", size: "1000", axis: "none" }[what] ?? "default";
        input.spellcheck = false;
        input.autocomplete = "off";
        if (!["text", "shape", "size"].includes(what)) input.inputMode = "numeric";
      }
      input.name = name;
      label.append(input);
      return input;
    });
    const dtypes = document.createElement("select");
    dtypes.name = "dtype";
    dtypes.append(...Object.keys(operation.dtypes).map((dtype) => new Option(dtype)));
    if (dtypes.length > 0) {
      const label = form.appendChild(document.createElement("label"));
      label.append("dtype ", dtypes);
    }
    const read = (input, kind) => {
      const text = input.value;
      const what = kind.replace(/\?.*/, "");
      if (text.trim() === "" && kind.includes("?")) return null;
      if (what === "shape" || what === "size") return readShape(text);
      if (what === "text") return text;
      if (what === "flag") return text === "True";
      return input.tagName === "SELECT" ? text : readInteger(text);
    };
    const update = () => {
      try {
        const values = fields.map(({ kind }, i) => read(inputs[i], kind));
        const { flops, charged } = flopscope.calculate(operation, values, dtypes.value);
        const number = (value) => `<b>${value.toLocaleString("en-US")}</b>`;
        result.innerHTML = `${number(flops)} FLOPs, ${number(charged)} charged units`;
        result.classList.remove("wrong");
      } catch (error) {
        result.textContent = error.message;
        result.classList.add("wrong");
      }
    };
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(result);
    box.replaceChildren(form);
    update();
  };

  const start = () => document.querySelectorAll(".calculator[data-operation]").forEach(build);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
