// What mouse, fingers and keys do in the editor of boxes.
//
// Second of three files, see drawing.js. A mouse moves the box that it presses and draws one over bare paper; a finger
// scrolls, and moves only the box that it has picked before, so that nothing is moved by chance.

const DRAG = 4; // pixels of the screen before a press becomes a drag; a box that is drawn is no smaller
const characters = (text) => [...new Intl.Segmenter().segment(text.normalize("NFC").trim())].map((part) => part.segment);

class Hands extends Drawing {
  listen() {
    const stage = this.stage;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", () => this.endDrag());
    this.view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.view.addEventListener("touchmove", (event) => this.pinch(event), { passive: false });
    this.view.addEventListener("touchend", () => (this.spread = null));
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  at(event) {
    const { left, top } = this.stage.getBoundingClientRect();
    const { width, height } = this.data;
    return [clamp((event.clientX - left) / this.scale, 0, width), clamp((event.clientY - top) / this.scale, 0, height)];
  }

  // The smallest box at a point.
  hit([x, y]) {
    const there = [...this.boxes.values()].filter(({ box }) => box[0] <= x && x <= box[2] && box[1] <= y && y <= box[3]);
    const area = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
    return there.sort((a, b) => area(a) - area(b))[0];
  }

  down(event) {
    if (event.button || !event.isPrimary) return;
    const touch = event.pointerType === "touch";
    const from = this.at(event);
    const hit = this.hit(from);
    this.press = { hit };
    this.drag = this.begun(event, hit, touch);
    if (this.drag?.kind === "move" && !touch) this.pick(hit.number);
    if (this.drag) {
      Object.assign(this.drag, { x: event.clientX, y: event.clientY, from });
      this.stage.setPointerCapture(event.pointerId);
    }
    if (touch) return;
    event.preventDefault();
    this.root.focus({ preventScroll: true });
  }

  // What a press begins, should it become a drag.
  begun({ target, shiftKey }, hit, touch) {
    const [held] = this.pickedItems();
    const { side } = target.dataset;
    if (side && this.picked.size === 1) return { kind: "resize", side, item: held };
    if (this.adding) return { kind: "add" };
    if (shiftKey) return { kind: "lasso" };
    if (touch) return target === this.frame && held ? { kind: "move", item: held } : null;
    return hit ? { kind: "move", item: hit } : { kind: "add" };
  }

  move(event) {
    const drag = this.drag;
    if (!drag) return this.hover(event);
    if (!drag.on && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG) return;
    drag.on = true;
    const to = this.at(event);
    if (drag.kind === "add" || drag.kind === "lasso") {
      drag.area = union([[...drag.from, ...drag.from], [...to, ...to]]);
      this.rubber.hidden = false;
      this.place(this.rubber, drag.area);
    } else {
      drag.box = drag.kind === "move" ? this.shifted(drag, to) : this.resized(drag, to);
      const shape = this.svg.querySelector(`[data-number="${drag.item.number}"]`);
      if (shape) shape.outerHTML = this.shape({ ...drag.item, box: drag.box });
      this.drawFrame(drag.box);
    }
  }

  shifted({ item, from }, to) {
    const [x0, y0, x1, y1] = item.box;
    const x = clamp(Math.round(to[0] - from[0]), -x0, this.data.width - x1);
    const y = clamp(Math.round(to[1] - from[1]), -y0, this.data.height - y1);
    return [x0 + x, y0 + y, x1 + x, y1 + y];
  }

  resized({ item, side }, to) {
    const box = [...item.box];
    const [x, y] = to.map(Math.round);
    if (side.includes("w")) box[0] = Math.min(x, box[2] - 1);
    if (side.includes("e")) box[2] = Math.max(x, box[0] + 1);
    if (side.includes("n")) box[1] = Math.min(y, box[3] - 1);
    if (side.includes("s")) box[3] = Math.max(y, box[1] + 1);
    return box;
  }

  hover(event) {
    const hit = event.pointerType === "touch" ? null : this.hit(this.at(event));
    this.stage.classList.toggle("over", Boolean(hit) && !this.adding);
    const others = hit?.others.filter(([char]) => char !== hit.char).slice(0, 3) ?? [];
    const rest = others.map(([char, chance]) => `${char} ${percent(chance)}`).join(", ");
    const sure = hit?.corrected ? "said by you" : percent(hit?.sure ?? 0);
    this.stage.title = hit ? `${hit.char} · ${sure}${rest ? `; or ${rest}` : ""}` : "";
  }

  up(event) {
    const { drag, press } = this;
    this.endDrag();
    if (!press) return;
    if (drag?.on) return this.dropped(drag);
    if (event.shiftKey && press.hit) return this.pick(...this.toggled(press.hit.number));
    if (event.pointerType === "touch" || !press.hit) this.pick(...(press.hit ? [press.hit.number] : []));
  }

  dropped(drag) {
    if (drag.kind === "lasso") {
      const [x0, y0, x1, y1] = drag.area;
      const inside = ([x, y]) => x0 <= x && x <= x1 && y0 <= y && y <= y1;
      const found = [...this.boxes.values()].filter((item) => inside(centre(item.box)));
      this.pick(...this.picked, ...found.map((item) => item.number));
    } else if (drag.kind === "add") {
      const box = drag.area.map(Math.round);
      if (Math.min(box[2] - box[0], box[3] - box[1]) * this.scale < DRAG) return this.draw();
      const number = this.free++;
      this.adding = false;
      this.change({ op: "add", number, box });
      this.pick(number);
    } else {
      this.change({ op: "move", number: drag.item.number, box: drag.box });
    }
  }

  endDrag() {
    const moved = this.drag?.box;
    this.drag = this.press = null;
    this.rubber.hidden = true;
    if (moved) this.draw();
  }

  toggled(number) {
    const now = new Set(this.picked);
    if (!now.delete(number)) now.add(number);
    return now;
  }

  wheel(event) {
    if (!event.ctrlKey) return; // the wheel alone scrolls; with Ctrl, or two fingers on a touchpad, it zooms
    event.preventDefault();
    this.zoomBy(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
  }

  pinch(event) {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const [one, two] = event.touches;
    const spread = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
    this.endDrag();
    if (this.spread) this.zoomBy(spread / this.spread, (one.clientX + two.clientX) / 2, (one.clientY + two.clientY) / 2);
    this.spread = spread;
  }

  typed(field) {
    const char = characters(field.value).at(-1);
    if (char) this.label(char);
    this.field?.select();
  }

  key(event) {
    const typing = event.target === this.field;
    const command = event.ctrlKey || event.metaKey;
    const acts = typing && !command ? this.fieldKeys(event) : this.keys(event);
    const act = acts[command ? `Ctrl+${event.key.toLowerCase()}` : event.key];
    const letter = !typing && !act && !command && !event.altKey && this.picked.size === 1 && characters(event.key).length === 1;
    if (act) act();
    else if (letter && event.key.length <= 2) this.label(event.key);
    if (act || letter) event.preventDefault();
    if (!command) event.stopPropagation(); // the page has keys of its own, such as R to run again
  }

  fieldKeys() {
    const back = () => this.root.focus({ preventScroll: true });
    return { Enter: () => (this.confirm(), back()), Escape: back };
  }

  keys(event) {
    if (event.target !== this.root) return {};
    const nudge = event.shiftKey ? [1, 1] : event.altKey ? [0, 1] : null;
    const arrow = (x, y, step) => () => (nudge ? this.nudge(x, y, nudge) : step());
    const undo = () => this.change({ op: event.shiftKey ? "redo" : "undo" });
    return {
      "Ctrl+z": undo,
      "Ctrl+y": () => this.change({ op: "redo" }),
      Delete: () => this.deletePicked(),
      Backspace: () => this.deletePicked(),
      Escape: () => ((this.adding = false), this.pick()),
      Enter: () => this.confirm(),
      ArrowLeft: arrow(-1, 0, () => this.step(-1)),
      ArrowRight: arrow(1, 0, () => this.step(1)),
      ArrowUp: arrow(0, -1, () => this.stepLine(-1)),
      ArrowDown: arrow(0, 1, () => this.stepLine(1)),
    };
  }

  step(by) {
    const order = [...this.boxes.keys()];
    const at = order.findIndex((number) => this.picked.has(number));
    const next = order[at < 0 ? (by > 0 ? 0 : order.length - 1) : at + by];
    if (next !== undefined) this.goTo(this.boxes.get(next));
  }

  stepLine(by) {
    const [held] = this.pickedItems();
    if (!held) return this.step(by);
    const [x, y] = centre(held.box);
    const tall = held.box[3] - held.box[1];
    const way = (item) => Math.hypot(centre(item.box)[0] - x, 3 * (centre(item.box)[1] - y));
    const beyond = [...this.boxes.values()].filter((item) => (centre(item.box)[1] - y) * by > 0.6 * tall);
    if (beyond.length) this.goTo(beyond.reduce((best, item) => (way(item) < way(best) ? item : best)));
  }

  // By one pixel of the screen: moves the picked box, or with [0, 1] its right and lower edge.
  nudge(x, y, [first, last]) {
    const [item] = this.pickedItems();
    if (this.picked.size !== 1) return;
    const by = Math.max(1, Math.round(1 / this.scale));
    const { width, height } = this.data;
    const box = item.box.map((side, at) => side + (at % 2 ? y : x) * by * (at < 2 ? first : last));
    if (box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height && box[0] < box[2] && box[1] < box[3]) {
      this.change({ op: "move", number: item.number, box });
    }
  }
}
