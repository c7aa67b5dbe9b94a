// A flat map of glyphs, mounted by plan.py: a dot each, the picture of the one under the pointer, pictures in place of dots
// where there is room. The wheel, + and - zoom, a drag moves; a press on a class in the legend shows it alone; arrow keys go
// from one picture to the next.
//
// What it is given: 4 bytes with the length of a JSON head, the head, two float32 a picture in [0, 1], then 28 x 28 bytes each.

const SIDE = 28;
const COLUMNS = 64; // pictures in a row of the one that holds them all
const NEAR = 16; // pixels within which a dot is under the pointer
const CLOSE = 5; // zoom from which on pictures stand in place of dots
const SHOWN = 112; // pixels of the picture under the pointer
const ROOM = 0.04; // of the map around the outermost dots
const maps = new WeakMap();

const channels = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

const unpacked = (data) => {
  const bytes = new Uint8Array(data).slice(); // so that numbers begin where they may
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const places = new Float32Array(bytes.buffer, 4 + length, 2 * head.count);
  return { head, places, pixels: bytes.subarray(4 + length + 8 * head.count) };
};

// All pictures on one canvas, dark ink on paper.
const sheetOf = (head, pixels) => {
  const [dark, light] = [channels(head.ink), channels(head.paper)];
  const sheet = document.createElement("canvas");
  sheet.width = COLUMNS * SIDE;
  sheet.height = Math.ceil(head.count / COLUMNS) * SIDE;
  const context = sheet.getContext("2d");
  const image = context.createImageData(sheet.width, sheet.height);
  for (let number = 0; number < head.count; number++) {
    const corner = Math.floor(number / COLUMNS) * SIDE * sheet.width + (number % COLUMNS) * SIDE;
    for (let i = 0; i < SIDE * SIDE; i++) {
      const at = 4 * (corner + Math.floor(i / SIDE) * sheet.width + (i % SIDE));
      const share = pixels[number * SIDE * SIDE + i] / 255;
      for (let c = 0; c < 3; c++) image.data[at + c] = light[c] + (dark[c] - light[c]) * share;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return sheet;
};

const element = (parent, style, tag = "div") => {
  const node = parent.appendChild(document.createElement(tag));
  node.style.cssText = style;
  return node;
};

const BUTTON =
  "font: 0.875rem var(--st-font); color: var(--st-text-color); background: var(--st-background-color); cursor: pointer;" +
  "border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); padding: 0.15rem 0.55rem; min-width: 2rem";

class FlatMap {
  constructor(host) {
    this.root = element(host, "display: grid; gap: 0.6rem");
    this.legend = element(this.root, "display: flex; flex-wrap: wrap; gap: 0.3rem");
    this.frame = element(
      this.root,
      "position: relative; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); overflow: hidden"
    );
    this.canvas = element(this.frame, "display: block; width: 100%; cursor: crosshair; outline-offset: -2px", "canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.tip = element(
      this.frame,
      "position: absolute; display: none; pointer-events: none; padding: 6px; width: max-content; z-index: 1;" +
        "background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);" +
        "border-radius: var(--st-base-radius); font: 0.8125rem var(--st-font); color: var(--st-text-color)"
    );
    this.glyph = element(this.tip, `display: block; width: ${SHOWN}px; height: ${SHOWN}px; border-radius: 3px`, "canvas");
    this.glyph.width = this.glyph.height = SIDE;
    this.words = element(this.tip, `margin-top: 4px; max-width: ${SHOWN}px; line-height: 1.3`);
    this.words.setAttribute("aria-live", "polite");
    this.tools = element(this.frame, "position: absolute; right: 8px; top: 8px; display: flex; gap: 4px");
    this.button("−", "Zoom out", () => this.zoom(1 / 1.6));
    this.button("+", "Zoom in", () => this.zoom(1.6));
    this.button("⤢", "Show all", () => this.reset());
    this.hold = null;
    this.reset(false);
    this.listen();
  }

  button(text, title, act) {
    const node = element(this.tools, BUTTON, "button");
    node.textContent = text;
    node.title = title;
    node.setAttribute("aria-label", title);
    node.onclick = act;
  }

  listen() {
    const on = (name, act, options) => this.canvas.addEventListener(name, act, options);
    on("pointermove", (event) => this.moved(event));
    on("pointerdown", (event) => this.pressed(event));
    on("pointerup", () => this.released());
    on("pointercancel", () => this.released());
    on("pointerleave", () => !this.hold && this.point(-1));
    on("wheel", (event) => this.wheeled(event), { passive: false });
    on("keydown", (event) => this.typed(event));
    this.room = new ResizeObserver(() => this.draw());
    this.room.observe(this.frame);
  }

  show({ head, places, pixels }) {
    this.head = head;
    this.places = places;
    this.sheet = sheetOf(head, pixels);
    this.alone = -1;
    this.wrong = new Set(head.wrong);
    this.canvas.setAttribute("aria-label", `A map of ${head.count} pictures; arrow keys go from one to the next.`);
    this.legend.replaceChildren();
    head.classes.forEach((char, number) => {
      const node = element(this.legend, `${BUTTON}; border-left: 5px solid ${head.colors[number]}`, "button");
      node.textContent = char;
      node.setAttribute("aria-pressed", "false");
      node.onclick = () => this.choose(this.alone === number ? -1 : number);
    });
    this.point(-1);
    this.draw();
  }

  choose(number) {
    this.alone = number;
    [...this.legend.children].forEach((node, place) => {
      node.setAttribute("aria-pressed", String(place === number));
      node.style.opacity = number < 0 || place === number ? 1 : 0.45;
    });
    this.point(-1);
    this.draw();
  }

  reset(draw = true) {
    Object.assign(this, { scale: 1, x: 0.5, y: 0.5 });
    if (draw) this.draw();
  }

  size() {
    const width = this.frame.clientWidth;
    return [width, Math.min(560, Math.max(280, width))];
  }

  // Where a picture is on the canvas.
  at(number) {
    const [width, height] = this.size();
    const side = Math.min(width, height) * (1 - 2 * ROOM) * this.scale;
    return [
      width / 2 + (this.places[2 * number] - this.x) * side,
      height / 2 - (this.places[2 * number + 1] - this.y) * side,
    ];
  }

  visible(number) {
    return this.alone < 0 || this.head.labels[number] === this.alone;
  }

  draw() {
    if (!this.head || this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.drawNow();
    });
  }

  drawNow() {
    const [width, height] = this.size();
    if (!width) return;
    const sharp = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(width * sharp), height: Math.round(height * sharp) });
    this.canvas.style.height = `${height}px`;
    this.canvas.style.touchAction = this.scale > 1 ? "none" : "pan-y";
    const context = this.canvas.getContext("2d");
    context.scale(sharp, sharp);
    const small = Math.max(1.8, Math.min(5, 2.2 * Math.sqrt(this.scale)));
    for (let number = 0; number < this.head.count; number++) {
      if (!this.visible(number)) continue;
      const [x, y] = this.at(number);
      if (x < -SIDE || y < -SIDE || x > width + SIDE || y > height + SIDE) continue;
      if (this.scale >= CLOSE) this.drawPicture(context, number, x, y);
      else this.drawDot(context, number, x, y, small);
    }
    if (this.picked >= 0) this.mark(context);
  }

  drawDot(context, number, x, y, radius) {
    context.fillStyle = this.head.colors[this.head.labels[number]];
    context.globalAlpha = 0.8;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
    if (!this.wrong.has(number)) return;
    context.strokeStyle = getComputedStyle(this.root).getPropertyValue("--st-text-color");
    context.lineWidth = 1.2;
    context.beginPath();
    context.arc(x, y, radius + 1.5, 0, 2 * Math.PI);
    context.stroke();
  }

  drawPicture(context, number, x, y) {
    const side = SIDE;
    context.drawImage(this.sheet, ...this.corner(number), SIDE, SIDE, x - side / 2, y - side / 2, side, side);
    context.strokeStyle = this.head.colors[this.head.labels[number]];
    context.lineWidth = this.wrong.has(number) ? 3 : 1.5;
    context.strokeRect(x - side / 2, y - side / 2, side, side);
  }

  mark(context) {
    const [x, y] = this.at(this.picked);
    context.strokeStyle = getComputedStyle(this.root).getPropertyValue("--st-primary-color");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, this.scale >= CLOSE ? 22 : 8, 0, 2 * Math.PI);
    context.stroke();
  }

  corner(number) {
    return [(number % COLUMNS) * SIDE, Math.floor(number / COLUMNS) * SIDE];
  }

  nearest(x, y, far, allowed = () => true) {
    let [best, found] = [far * far, -1];
    for (let number = 0; number < this.head.count; number++) {
      if (!this.visible(number)) continue;
      const [px, py] = this.at(number);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < best && allowed(px - x, py - y)) [best, found] = [distance, number];
    }
    return found;
  }

  // The picture of one glyph, with its label and what it is read as; -1 for none.
  point(number) {
    if (number === this.picked) return;
    this.picked = number;
    this.tip.style.display = number < 0 ? "none" : "block";
    if (number >= 0) {
      const { classes, labels, answers, sure, places } = this.head;
      this.glyph.getContext("2d").drawImage(this.sheet, ...this.corner(number), SIDE, SIDE, 0, 0, SIDE, SIDE);
      const share = (100 * sure[number]).toFixed(0);
      this.words.textContent = `labelled ${classes[labels[number]]}, read ${answers[number]} (${share} %), no. ${places[number]}`;
      this.tip.dataset.number = number;
      const [[x, y], [width, height]] = [this.at(number), this.size()];
      const [wide, high] = [this.tip.offsetWidth, this.tip.offsetHeight];
      this.tip.style.left = `${x + 18 + wide < width ? x + 18 : Math.max(4, x - 18 - wide)}px`;
      this.tip.style.top = `${Math.max(4, Math.min(height - high - 4, y - high / 2))}px`;
    }
    this.draw();
  }

  moved(event) {
    const { offsetX: x, offsetY: y } = event;
    if (!this.hold) return this.point(this.nearest(x, y, NEAR));
    const [width, height] = this.size();
    const side = Math.min(width, height) * (1 - 2 * ROOM) * this.scale;
    if (Math.hypot(x - this.hold.x, y - this.hold.y) > 3) this.hold.dragged = true;
    if (!this.hold.dragged) return;
    this.point(-1);
    this.x = this.hold.left - (x - this.hold.x) / side;
    this.y = this.hold.top + (y - this.hold.y) / side;
    this.draw();
  }

  pressed(event) {
    const { offsetX: x, offsetY: y } = event;
    if (event.pointerType === "touch") this.point(this.nearest(x, y, 1.5 * NEAR));
    if (event.pointerType === "touch" && this.scale === 1) return; // the page is scrolled
    this.canvas.setPointerCapture(event.pointerId);
    this.hold = { x, y, left: this.x, top: this.y, dragged: false };
  }

  released() {
    this.hold = null;
  }

  wheeled(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.0016), event.offsetX, event.offsetY);
  }

  // What is under (x, y) stays there.
  zoom(factor, x, y) {
    const [width, height] = this.size();
    const before = Math.min(width, height) * (1 - 2 * ROOM) * this.scale;
    const [dx, dy] = [(x ?? width / 2) - width / 2, (y ?? height / 2) - height / 2];
    const scale = Math.max(1, Math.min(60, this.scale * factor));
    const after = (before * scale) / this.scale;
    this.x += dx / before - dx / after;
    this.y -= dy / before - dy / after;
    this.scale = scale;
    if (scale === 1) this.reset(false);
    const picked = this.picked;
    this.point(-1);
    if (x === undefined) this.point(picked);
    this.draw();
  }

  typed(event) {
    if (event.key === "+") return this.zoom(1.6);
    if (event.key === "-") return this.zoom(1 / 1.6);
    if (event.key === "Escape") return this.point(-1);
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    const [width, height] = this.size();
    const [x, y] = this.picked < 0 ? [width / 2, height / 2] : this.at(this.picked);
    const ahead = (dx, dy) => this.picked < 0 || dx * way[0] + dy * way[1] > Math.abs(dx * way[1] + dy * way[0]);
    const found = this.nearest(x, y, 1e6, ahead);
    if (found >= 0) this.point(found);
  }

  stop() {
    this.room.disconnect();
    cancelAnimationFrame(this.waiting);
    this.root.remove();
  }
}

export default function ({ parentElement, data }) {
  let map = maps.get(parentElement);
  if (!map) {
    map = new FlatMap(parentElement);
    maps.set(parentElement, map);
  }
  map.show(unpacked(data));
  return () => {
    map.stop();
    maps.delete(parentElement);
  };
}
