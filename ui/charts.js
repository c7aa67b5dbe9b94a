// Plotly charts that are drawn into again when their data change, mounted by charts.py.
//
// st.plotly_chart makes a new chart whenever anything in it has changed: a zoom is lost and the page flickers once a second.
// Here a chart stays, Plotly.react changes what is new, and its `uirevision` keeps what a person has zoomed or switched off.
// Where nothing but points have come, as once a second while a network trains, only curves and axes are drawn again: a
// fifth of the work, which is taken from a training on the same machine.
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

const NUMBERS = { f4: Float32Array, f8: Float64Array };
const decoded = ({ dtype, bdata }) =>
  new NUMBERS[dtype](Uint8Array.from(atob(bdata), (char) => char.charCodeAt(0)).buffer);

// A figure without its coordinates, as text: two figures of one frame differ in their points only.
const frameOf = (figure) =>
  JSON.stringify(figure, (key, value) => ((key === "x" || key === "y") && value?.bdata ? value.dtype : value));

const limits = (values) => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
};

// A curve of a figure beside what Plotly knows of it; nothing when the one cannot take the place of the other.
const beside = (node, place, curve) => {
  if (!curve.x?.bdata) return { idle: true };
  const points = node.calcdata[place];
  const trace = points?.[0]?.trace;
  const [x, y] = [decoded(curve.x), decoded(curve.y)];
  const { xaxis, yaxis } = node._fullLayout;
  const fits = (values, axis) => values.every((value) => Number.isFinite(value) && (axis.type !== "log" || value > 0));
  if (!trace || !fits(x, xaxis) || !fits(y, yaxis)) return null;
  const shown = trace.visible === true;
  if (shown && !(trace._extremes?.x?.min?.length && trace._extremes?.y?.min?.length)) return null;
  return { x, y, points, trace, shown, given: node.data[place] };
};

const moved = ({ x, y, points, trace }, axes) => {
  Object.assign(trace, { x, y, _length: x.length });
  const first = points[0];
  points.length = 0;
  for (let place = 0; place < x.length; place++) points.push({ x: x[place], y: y[place] });
  points[0] = Object.assign(first, points[0]);
  for (const [key, values] of Object.entries({ x, y })) {
    const kept = trace._extremes[key];
    const [low, high] = limits(values).map(axes[`${key}axis`].c2l);
    Object.assign(kept, { min: [{ ...kept.min[0], val: low }], max: [{ ...kept.max[0], val: high }] });
  }
};

// Other points in a chart that stands, drawn by what Plotly does when an axis changes. This writes into Plotly's own
// tables of points and limits (calcdata, _extremes): where they are not as they are known, or a person has zoomed, the
// answer is false, nothing has been changed, and the chart is to be drawn anew.
const repoint = async (Plotly, node, curves) => {
  const axes = node._fullLayout;
  if (!axes?.xaxis?.autorange || !axes.yaxis?.autorange || node.calcdata?.length !== curves.length) return false;
  const found = curves.map((curve, place) => beside(node, place, curve));
  if (found.includes(null)) return false;
  for (const item of found) {
    if (item.idle) continue;
    Object.assign(item.given, { x: item.x, y: item.y });
    if (item.shown) moved(item, axes);
  }
  await Plotly.relayout(node, { "xaxis.autorange": true, "yaxis.autorange": true });
  return true;
};

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

const element = (parent, style, tag = "div") => {
  const node = parent.appendChild(document.createElement(tag));
  node.style.cssText = style;
  return node;
};

// How far things are: a line of words, a bar, and small print, each written only when it is another.
class Bars {
  constructor(host) {
    this.root = element(host, "display: grid; gap: 0.9rem; color: var(--st-text-color)");
    this.rows = [];
  }

  show(bars) {
    while (this.rows.length > bars.length) this.rows.pop().row.remove();
    while (this.rows.length < bars.length) this.rows.push(this.made());
    bars.forEach((bar, place) => this.write(this.rows[place], bar));
    this.root.style.marginBottom = bars.length ? "1rem" : 0;
  }

  made() {
    const row = element(this.root, "");
    const line = element(row, "font-size: 0.875rem; margin-bottom: 0.4rem");
    const name = element(line, "font-weight: 600", "span");
    const text = element(line, "", "span");
    const groove = "height: 0.5rem; border-radius: 0.25rem; overflow: hidden; background: var(--st-secondary-background-color)";
    const track = element(row, groove);
    track.setAttribute("role", "progressbar");
    const fill = element(track, "height: 100%; background: var(--st-primary-color)");
    const about = element(row, "font-size: 0.875rem; margin-top: 0.6rem; color: var(--st-gray-color)");
    return { row, name, text, track, fill, about };
  }

  write({ name, text, track, fill, about }, bar) {
    const told = [
      [name, bar.name ? `${bar.name} · ` : ""],
      [text, bar.text],
      [about, bar.about],
    ];
    for (const [node, words] of told) if (node.textContent !== words) node.textContent = words;
    const share = `${(100 * bar.share).toFixed(1)}%`;
    if (fill.style.width === share) return;
    fill.style.width = share;
    track.setAttribute("aria-valuenow", (100 * bar.share).toFixed(0));
  }
}

class Grid {
  constructor(host) {
    this.host = host;
    this.bars = new Bars(host);
    this.root = element(host, "display: grid; gap: 1rem 2rem; align-items: start");
    this.hint = element(host, "font-size: 0.875rem; margin-top: 0.9rem; color: var(--st-gray-color)");
    this.charts = new Map();
    this.last = [];
    this.wanted = null;
    this.drawing = false;
    this.shown = () => this.draw();
    this.seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) target.away = !isIntersecting;
      this.again();
    });
    document.addEventListener("visibilitychange", this.shown);
  }

  // Room is made at once, so that nothing moves when the charts come.
  show({ bars, charts, hint }) {
    this.bars.show(bars);
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
    this.wanted = this.last = charts;
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
        this.seen.observe(node);
        this.charts.set(name, node);
      }
      this.charts.get(name).setAttribute("aria-label", alt);
      this.charts.get(name).style.height = `${height}px`;
    }
    this.draw();
  }

  // None is drawn while nobody looks or a person drags in it; one that stands, only where it can be seen.
  async draw() {
    if (this.drawing || this.stopped || !this.wanted || document.hidden) return;
    this.drawing = true;
    const Plotly = await plotly();
    while (this.wanted) {
      const charts = this.wanted;
      this.wanted = null;
      await frame();
      for (const chart of charts) await this.drawOne(Plotly, chart);
      if (charts.some(({ name }) => this.charts.get(name)?._dragging)) setTimeout(() => this.again(), 300);
    }
    this.drawing = false;
  }

  again() {
    this.wanted ??= this.last;
    this.draw();
  }

  async drawOne(Plotly, { name, figure, picture }) {
    const node = this.charts.get(name);
    const look = getComputedStyle(this.host).getPropertyValue("--st-background-color");
    if (!node || node._dragging || (node.drawn && node.away) || node.drawn === figure + look) return;
    const { data, layout } = JSON.parse(figure);
    const kept = look + frameOf({ data, layout });
    if (node.kept !== kept || !(await repoint(Plotly, node, data))) {
      const config = { ...CONFIG, toImageButtonOptions: { format: "png", filename: picture, scale: 2 } };
      await Plotly.react(node, data, themed(this.host, layout), config);
    }
    Object.assign(node, { drawn: figure + look, kept });
  }

  remove(name, node) {
    window.Plotly?.purge(node);
    node.remove();
    this.charts.delete(name);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.shown);
    for (const [name, node] of [...this.charts]) this.remove(name, node);
    this.wanted = null;
    this.stopped = true;
    this.seen.disconnect();
    for (const part of [this.bars.root, this.root, this.hint]) part.remove();
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
