// Puts the page together: tables first, then the flame graph, the roofline plot last.
const THEMES = ["light", "dark"];

async function unpack() {
  const packed = document.getElementById("data").textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

function readyToDraw() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((done) => document.addEventListener("DOMContentLoaded", done));
}

async function embed(item, place) {
  const views = await Bokeh.embed.embed_item(item, place);
  return views.roots[0].model;
}

async function main() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const state = { by: "op", theme: dark.matches ? "dark" : "light", measure: "flops" };
  const parts = [];
  const redraw = () => parts.forEach((part) => part.redraw());
  function setTheme(theme) {
    state.theme = theme;
    document.documentElement.dataset.theme = theme;
    redraw();
  }
  setTheme(state.theme);
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () =>
    setTheme(THEMES[1 - THEMES.indexOf(state.theme)]));

  const page = await unpack();
  if (!page.totals.flops && page.totals.bytes) state.measure = "bytes";
  offer(document.getElementById("measure"), "measure",
    Object.entries(MEASURES).filter(([name]) => name !== "seconds" || page.timing).map(([name, { label }]) => [name, label]),
    state.measure, (measure) => {
      state.measure = measure;
      redraw();
    });
  parts.push(makeTables(page, state));
  const source = makeSource(page, state);
  parts.push(source);

  await readyToDraw();
  document.getElementById("flame-hint").textContent = page.flameHint;
  parts.push(makeFlame(page, state, await embed(page.plots.flame, "flame"), source.show));
  document.body.dataset.ready = "";

  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  if (page.timing) parts.push(makeRoofline(page, state, await embed(page.plots.roofline, "roofline")));
  document.body.dataset.complete = "";
}

main().catch((error) => {
  const text = `This page could not be drawn: ${error.message}. It needs a browser of 2023 or newer.`;
  document.querySelector("header").append(element("p", { className: "notice", textContent: text }));
  throw error;
});
