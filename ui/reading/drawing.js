// How the editor of boxes looks: its parts, the scan, the boxes over it, the row about what is picked, zoom.
//
// First of three files that editor.py puts together: drawing.js, hands.js, boxes.js. See boxes.js for what a box is.

const pictures = (window[Symbol.for("hwr.pictures")] ??= new Map());
const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const ZOOM = { most: 12, step: 1.5 };
const SCROLLBAR = 16;
const TALL = 0.72; // of the window: a higher page scrolls within
const LABEL = { least: 11, most: 20, narrowest: 7 }; // pixels of the screen; narrower boxes have no label
const SMALL = 48; // pixels of the screen: a smaller box has handles at its corners alone, outside of it
const ARROWS = { undo: "M9 7 4 12l5 5M4 12h11a5 5 0 0 1 0 10h-3", redo: "m15 7 5 5-5 5m5-5H9a5 5 0 0 0 0 10h3" };

const make = (tag, className = "", properties = {}) =>
  Object.assign(document.createElement(tag), { className, ...properties });
const percent = (sure) => (sure >= 1 ? "100 %" : sure < 0.0005 ? "<0.1 %" : `${(Math.min(sure, 0.999) * 100).toFixed(1)} %`);
const escaped = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
const centre = ([x0, y0, x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];
const union = (boxes) => [0, 1, 2, 3].map((side) => Math[side < 2 ? "min" : "max"](...boxes.map((box) => box[side])));

class Drawing {
  build(host) {
    this.root = host.appendChild(make("div", "editor", { tabIndex: 0 }));
    this.root.setAttribute("role", "application");
    this.buildTools(this.root.appendChild(make("div", "row tools")));
    this.panel = this.root.appendChild(make("div", "row panel"));
    this.view = this.root.appendChild(make("div", "view"));
    this.stage = this.view.appendChild(make("div", "stage"));
    this.image = this.stage.appendChild(make("img", "", { draggable: false, alt: "" }));
    this.svg = this.stage.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    this.frame = this.stage.appendChild(make("div", "frame", { hidden: true }));
    for (const side of HANDLES) this.frame.appendChild(make("div", `handle ${side}`)).dataset.side = side;
    this.rubber = this.stage.appendChild(make("div", "rubber", { hidden: true }));
    this.told = this.root.appendChild(make("div", "told"));
    this.told.setAttribute("aria-live", "polite");
  }

  buildTools(tools) {
    const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ARROWS[name]}"/></svg>`;
    this.addButton = this.button(tools, "Add a box", "Draw a box around a character that was not found", () => this.turnAdding());
    this.undoButton = this.button(tools, "", "Undo (Ctrl+Z)", () => this.change({ op: "undo" }));
    this.redoButton = this.button(tools, "", "Redo (Ctrl+Y)", () => this.change({ op: "redo" }));
    Object.assign(this.undoButton, { innerHTML: icon("undo"), ariaLabel: "Undo", className: "icon" });
    Object.assign(this.redoButton, { innerHTML: icon("redo"), ariaLabel: "Redo", className: "icon" });
    this.doubtButton = this.button(tools, "", "Go to the next character that may be wrong", () => this.nextDoubtful());
    const zooms = tools.appendChild(make("span", "group"));
    this.button(zooms, "−", "Smaller", () => this.zoomBy(1 / ZOOM.step)).ariaLabel = "Smaller";
    this.button(zooms, "+", "Larger (Ctrl and wheel, or two fingers)", () => this.zoomBy(ZOOM.step)).ariaLabel = "Larger";
  }

  button(parent, label, title, act, className = "") {
    return parent.appendChild(make("button", className, { type: "button", textContent: label, title, onclick: act }));
  }

  showPicture() {
    const address = pictures.get(this.data?.picture) ?? "";
    if (address && this.image.src !== address) this.image.src = address;
    this.stage.classList.toggle("waiting", !address);
  }

  fit() {
    if (!this.data || !this.root.clientWidth) return;
    const { width, height } = this.data;
    const most = Math.max(300, TALL * window.innerHeight);
    const room = this.root.clientWidth - 2;
    const tall = (room * height) / width > most;
    this.base = (room - (tall ? SCROLLBAR : 0)) / width;
    this.view.style.height = `${Math.min(most, this.base * height) + 2}px`;
    this.rescale();
  }

  get scale() {
    return this.base * this.zoom;
  }

  rescale() {
    const { width, height } = this.data;
    Object.assign(this.stage.style, { width: `${width * this.scale}px`, height: `${height * this.scale}px` });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.draw();
  }

  // Around a point of the window, by default the middle of what is picked, or of what is seen.
  zoomBy(factor, x, y) {
    const seen = this.view.getBoundingClientRect();
    if (x === undefined) {
      const frame = this.picked.size ? this.frame.getBoundingClientRect() : seen;
      [x, y] = [frame.left + frame.width / 2, frame.top + frame.height / 2];
    }
    const before = this.scale;
    const at = [(this.view.scrollLeft + x - seen.left) / before, (this.view.scrollTop + y - seen.top) / before];
    this.zoom = clamp(this.zoom * factor, 1, ZOOM.most);
    this.rescale();
    this.view.scrollLeft = at[0] * this.scale - (x - seen.left);
    this.view.scrollTop = at[1] * this.scale - (y - seen.top);
  }

  draw() {
    const all = [...this.boxes.values()];
    const heights = all.map(({ box }) => box[3] - box[1]).sort((a, b) => a - b);
    const usual = (heights[heights.length >> 1] ?? 0) * this.scale;
    this.letter = clamp(0.45 * usual, LABEL.least, LABEL.most) / this.scale;
    this.svg.innerHTML = all.map((item) => this.shape(item)).join("");
    this.drawPicked();
  }

  shape({ number, box, char, color, corrected, sure }) {
    const [x0, y0, x1, y1] = box;
    const labelled = (x1 - x0) * this.scale >= LABEL.narrowest;
    const y = y0 > this.letter ? y0 - 0.18 * this.letter : y0 + this.letter;
    const text = `<text x="${x0}" y="${y}" fill="${color}" font-size="${this.letter}">${escaped(char)}</text>`;
    const kind = corrected ? "corrected" : sure < this.data.doubt ? "doubtful" : "";
    const rectangle = `<rect x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}" stroke="${color}" fill="${color}"/>`;
    return `<g class="${kind}" data-number="${number}" data-char="${escaped(char)}">${rectangle}${labelled ? text : ""}</g>`;
  }

  // The frame around what is picked, the row about it, and which tools can be used.
  drawPicked() {
    const items = this.pickedItems();
    this.frame.hidden = !items.length;
    this.frame.classList.toggle("several", items.length > 1);
    if (items.length) this.drawFrame(this.drag?.box ?? union(items.map((item) => item.box)));
    const doubtful = [...this.boxes.values()].filter((item) => this.isDoubtful(item)).length;
    this.doubtButton.textContent = `Doubtful · ${doubtful}`;
    this.doubtButton.hidden = !doubtful;
    this.root.ariaBusy = this.waiting.length > 0;
    const waits = (op) => this.waiting.some((edit) => edit.op === op);
    this.undoButton.disabled = !(this.data.undo || this.waiting.length);
    this.redoButton.disabled = !(this.data.redo || waits("undo"));
    this.addButton.setAttribute("aria-pressed", Boolean(this.adding));
    this.stage.classList.toggle("adding", Boolean(this.adding));
    const shown = JSON.stringify([items, this.adding, this.boxes.size === 0]);
    if (shown !== this.panelShows) this.drawPanel(items);
    this.panelShows = shown;
  }

  drawFrame(box) {
    this.place(this.frame, box);
    this.frame.classList.toggle("small", Math.min(box[2] - box[0], box[3] - box[1]) * this.scale < SMALL);
  }

  drawPanel(items) {
    const typing = this.field && this.field === this.root.getRootNode().activeElement;
    this.panel.replaceChildren();
    this.field = null;
    this.told.textContent = "";
    if (!items.length) {
      this.panel.appendChild(make("span", "hint", { textContent: this.hint() }));
      return;
    }
    if (items.length === 1) this.drawOne(items[0], typing);
    else {
      this.panel.appendChild(make("span", "hint others", { textContent: `${items.length} boxes` }));
      this.button(this.panel, "Join", "Make one box of these, and read it", () => this.join());
    }
    this.button(this.panel, "Delete", "Delete (Delete key)", () => this.deletePicked());
  }

  hint() {
    const finger = window.matchMedia("(pointer: coarse)").matches;
    if (this.adding) return "Draw a box around one character.";
    if (!this.boxes.size) return finger ? "No boxes yet: add one." : "No boxes yet: draw one around a character.";
    return finger ? "Tap a box to correct it." : "Click a box to correct it, or draw one over the paper.";
  }

  drawOne(item, typing) {
    const field = make("input", "char", { value: item.char, ariaLabel: "Character in this box", autocomplete: "off" });
    Object.assign(field, { spellcheck: false, enterKeyHint: "done" });
    field.setAttribute("autocapitalize", "off");
    field.oninput = (event) => !event.isComposing && this.typed(field);
    field.addEventListener("compositionend", () => this.typed(field));
    field.onfocus = () => field.select();
    this.panel.appendChild(field);
    this.field = field;
    if (typing) field.focus({ preventScroll: true });
    const others = this.panel.appendChild(make("span", "others"));
    for (const [char, chance] of item.others) {
      const other = this.button(others, char, `It is ${char}`, () => this.label(char), char === item.char ? "chosen" : "");
      other.appendChild(make("small", "", { textContent: percent(chance) }));
    }
    this.button(this.panel, "Cut", "Make two boxes of this one, and read them", () => this.cut());
    const order = [...this.boxes.keys()];
    const sure = item.corrected ? "said by you" : `${percent(item.sure)} sure`;
    this.told.textContent = `${item.char}, ${sure}, box ${order.indexOf(item.number) + 1} of ${order.length}`;
  }

  place(node, [x0, y0, x1, y1]) {
    const sides = { left: x0, top: y0, width: x1 - x0, height: y1 - y0 };
    for (const [name, value] of Object.entries(sides)) node.style[name] = `${value * this.scale}px`;
  }

  goTo(item) {
    this.pick(item.number);
    const tall = (item.box[3] - item.box[1]) * this.scale;
    if (tall < 24) this.zoomBy(40 / tall);
    const [x, y] = centre(item.box).map((side) => side * this.scale);
    const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = this.view;
    if (x < left + 30 || x > left + width - 30) this.view.scrollLeft = x - width / 2;
    if (y < top + 30 || y > top + height - 30) this.view.scrollTop = y - height / 2;
    this.root.focus({ preventScroll: true });
  }

  isDoubtful(item) {
    return !item.corrected && item.sure < this.data.doubt;
  }
}
