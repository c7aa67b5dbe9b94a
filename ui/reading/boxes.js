// Boxes over a scan that are moved, resized, relabelled, added, deleted, joined and cut; mounted by editor.py.
//
// Last of three files, see drawing.js. Python has the page; here an edit shows at once, is sent, and is kept in `waiting`
// until Python says that it was applied. Edits are numbered and all that wait are sent together, so that none is lost or
// done twice when runs of the page meet.
// A box is {number, box: [x0, y0, x1, y1] in pixels of the scan, char, color, sure, corrected, others: [[char, chance]]}.

const instances = new WeakMap();

class Editor extends Hands {
  constructor(host) {
    super();
    this.boxes = new Map();
    this.picked = new Set();
    this.waiting = [];
    this.serial = 0;
    this.zoom = 1;
    this.build(host);
    this.listen();
    this.arrived = () => this.showPicture();
    window.addEventListener("hwr-picture", this.arrived);
    this.room = new ResizeObserver(() => this.fit());
    this.room.observe(this.root);
  }

  stop() {
    this.room.disconnect();
    window.removeEventListener("hwr-picture", this.arrived);
    this.root.remove();
  }

  // What Python says of the page, with the edits that it has not seen yet done over it.
  take(data) {
    if (this.data?.scan !== data.scan) {
      this.waiting = [];
      this.serial = data.applied;
      this.picked.clear();
      this.zoom = 1;
    }
    this.data = data;
    this.waiting = this.waiting.filter((edit) => edit.n > data.applied);
    this.serial = Math.max(this.serial, data.applied);
    this.free = Math.max(data.free, ...this.waiting.map((edit) => Math.max(edit.number ?? 0, edit.other ?? 0) + 1));
    this.boxes = new Map();
    for (const [number, box, char, color, sure, corrected, others] of data.boxes) {
      this.boxes.set(number, { number, box, char, color, sure, corrected, others });
    }
    this.waiting.forEach((edit) => this.apply(edit));
    this.picked = new Set([...this.picked].filter((number) => this.boxes.has(number)));
    this.root.ariaLabel = `Boxes over ${data.name}. Arrow keys go from box to box, a character relabels, Delete deletes.`;
    this.showPicture();
    this.fit();
    this.tellPicked();
  }

  change(edit) {
    const numbered = { n: ++this.serial, ...edit };
    this.waiting.push(numbered);
    this.apply(numbered);
    this.picked = new Set([...this.picked].filter((number) => this.boxes.has(number)));
    this.draw();
    this.send("edits", { scan: this.data.scan, list: this.waiting });
  }

  apply({ op, number, numbers, box, char }) {
    const item = this.boxes.get(number);
    if (op === "add") {
      this.boxes.set(number, { number, box, char: "…", color: this.data.pending, sure: 0, corrected: false, others: [] });
    } else if (op === "delete") {
      numbers.forEach((each) => this.boxes.delete(each));
    } else if (op === "join") {
      const all = [number, ...numbers].map((each) => this.boxes.get(each)).filter(Boolean);
      if (item) item.box = union(all.map((each) => each.box));
      numbers.forEach((each) => this.boxes.delete(each));
    } else if (item && op === "label") {
      Object.assign(item, { char, sure: 1, corrected: true, color: this.data.corrected });
    } else if (item && op === "move") {
      item.box = box;
    }
  }

  pickedItems() {
    return [...this.picked].map((number) => this.boxes.get(number)).filter(Boolean);
  }

  pick(...numbers) {
    this.picked = new Set(numbers);
    this.drawPicked();
    this.tellPicked();
  }

  tellPicked() {
    const one = this.picked.size === 1 ? [...this.picked][0] : null;
    if (!this.data.tell || one === this.toldPicked) return;
    this.toldPicked = one;
    this.send("picked", one);
  }

  label(char) {
    const [item] = this.pickedItems();
    if (this.picked.size === 1 && item) this.change({ op: "label", number: item.number, char });
  }

  // Says that the character is right, and goes on to the next.
  confirm() {
    const [item] = this.pickedItems();
    if (this.picked.size !== 1 || item.char === "…") return;
    this.label(item.char);
    this.step(1);
  }

  deletePicked() {
    const order = [...this.boxes.keys()];
    const numbers = [...this.picked];
    if (!numbers.length) return;
    const after = order.slice(order.indexOf(numbers.at(-1)) + 1).find((number) => !this.picked.has(number));
    this.change({ op: "delete", numbers });
    this.pick(...(numbers.length === 1 && after !== undefined ? [after] : []));
  }

  join() {
    const order = [...this.boxes.keys()].filter((number) => this.picked.has(number));
    const [number, ...numbers] = order;
    this.change({ op: "join", number, numbers });
    this.pick(number);
  }

  cut() {
    const [item] = this.pickedItems();
    this.change({ op: "cut", number: item.number, other: this.free++ });
  }

  turnAdding() {
    this.adding = !this.adding;
    this.drawPicked();
  }

  nextDoubtful() {
    const all = [...this.boxes.values()];
    const from = all.findIndex((item) => this.picked.has(item.number)) + 1;
    const next = [...all.slice(from), ...all.slice(0, from)].find((item) => this.isDoubtful(item));
    if (next) this.goTo(next);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  let editor = instances.get(parentElement);
  if (!editor) {
    editor = new Editor(parentElement);
    instances.set(parentElement, editor);
  }
  editor.send = setStateValue;
  editor.take(data);
  return () => {
    editor.stop();
    instances.delete(parentElement);
  };
}
