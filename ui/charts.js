// Plotly charts that are drawn into again when their data change, mounted by charts.py.
//
// st.plotly_chart makes a new chart whenever anything in it has changed: a zoom is lost and the page flickers once a second.
// Here a chart stays, Plotly.react changes what is new, and its `uirevision` keeps what a person has zoomed or switched off.
// Colours and fonts are those of the page's theme.

const instances = new WeakMap();
const CONFIG = {
  displaylogo: false,
  responsive: true,
  modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "sendChartToCloud"],
};

// Plotly's own code comes once, by a component that stands before this one.
const plotly = async () => {
  while (!window.Plotly) await new Promise((wake) => setTimeout(wake, 30));
  return window.Plotly;
};

const frame = () => new Promise((wake) => requestAnimationFrame(wake));

const themed = (host, layout) => {
  const style = getComputedStyle(host);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const font = { family: value("font") || "sans-serif", color: value("gray-color"), size: 12 };
  const heading = { family: value("heading-font") || font.family, color: value("text-color"), weight: 600 };
  const axis = { gridcolor: value("border-color"), zeroline: false, automargin: true };
  const page = value("background-color");
  const shown = { ...layout, font, autosize: true, paper_bgcolor: page, plot_bgcolor: page };
  shown.title = { ...layout.title, font: { ...layout.title?.font, ...heading } };
  shown.legend = { ...layout.legend, font: { ...layout.legend?.font, color: value("text-color") } };
  shown.hoverlabel = { bgcolor: value("secondary-background-color"), font: { ...font, color: value("text-color") } };
  for (const name of ["xaxis", "yaxis"]) shown[name] = { ...axis, ...layout[name] };
  return shown;
};

class Grid {
  constructor(host) {
    this.host = host;
    this.root = host.appendChild(document.createElement("div"));
    this.root.style.cssText = "display: grid; gap: 1rem 2rem; align-items: start";
    this.charts = new Map();
    this.wanted = null;
    this.drawing = false;
    this.shown = () => this.draw();
    document.addEventListener("visibilitychange", this.shown);
  }

  // Room is made at once, so that nothing moves when the charts come.
  show(charts) {
    this.wanted = charts;
    const columns = charts.length > 1 ? "repeat(auto-fit, minmax(min(100%, 24rem), 1fr))" : "minmax(0, 1fr)";
    this.root.style.gridTemplateColumns = columns;
    for (const [name, node] of this.charts) {
      if (!charts.some((chart) => chart.name === name)) this.remove(name, node);
    }
    for (const { name, alt, height } of charts) {
      if (!this.charts.has(name)) {
        const node = this.root.appendChild(document.createElement("div"));
        node.setAttribute("role", "figure");
        node.style.minWidth = 0;
        this.charts.set(name, node);
      }
      this.charts.get(name).setAttribute("aria-label", alt);
      this.charts.get(name).style.height = `${height}px`;
    }
    this.draw();
  }

  // One chart a frame, and none while nobody looks. A chart with a pace waits so many milliseconds between two drawings,
  // unless its tag is another: then a person has changed something.
  async draw() {
    if (this.drawing || !this.wanted || document.hidden) return;
    this.drawing = true;
    const Plotly = await plotly();
    while (this.wanted) {
      const charts = this.wanted;
      this.wanted = null;
      for (const { name, figure, picture, pace, tag } of charts) {
        await frame();
        const node = this.charts.get(name);
        const look = getComputedStyle(this.host).getPropertyValue("--st-background-color") + tag;
        if (!node || node.drawn === figure + look) continue;
        const early = node.look === look ? node.at + pace - performance.now() : 0;
        if (early > 0) {
          this.later(charts, early);
          continue;
        }
        const { data, layout } = JSON.parse(figure);
        const config = { ...CONFIG, toImageButtonOptions: { format: "png", filename: picture, scale: 2 } };
        await Plotly.react(node, data, themed(this.host, layout), config);
        Object.assign(node, { drawn: figure + look, look, at: performance.now() });
      }
    }
    this.drawing = false;
  }

  // What was held back is drawn when its time comes, should nothing newer have come.
  later(charts, wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.wanted ??= charts;
      this.draw();
    }, wait + 1);
  }

  remove(name, node) {
    window.Plotly?.purge(node);
    node.remove();
    this.charts.delete(name);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.shown);
    clearTimeout(this.timer);
    for (const [name, node] of [...this.charts]) this.remove(name, node);
    this.wanted = null;
    this.root.remove();
  }
}

export default function ({ parentElement, data }) {
  let grid = instances.get(parentElement);
  if (!grid) {
    grid = new Grid(parentElement);
    instances.set(parentElement, grid);
  }
  grid.show(JSON.parse(new TextDecoder().decode(data)));
  return () => {
    grid.stop();
    instances.delete(parentElement);
  };
}
