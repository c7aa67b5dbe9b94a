// A sheet of glyphs, mounted by tiles.py: each a small canvas, dark ink on paper, with words under it.
//
// What it is given: 4 bytes with the length of a JSON head, the head, then 28 x 28 bytes a picture.

const SIDE = 28;
const shown = new WeakMap();

const channels = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

export const unpacked = (data) => {
  const bytes = new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { head, pixels: bytes.subarray(4 + length) };
};

// A glyph, from grey to the two colours.
const drawn = (canvas, pixels, number, { ink, paper }) => {
  const [dark, light] = [channels(ink), channels(paper)];
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const share = pixels[number * SIDE * SIDE + i] / 255;
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = light[c] + (dark[c] - light[c]) * share;
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
};

const tile = (head, pixels, number) => {
  const figure = document.createElement("figure");
  const wide = head.size * head.beside + 3 * (head.beside - 1);
  figure.style.cssText = `margin: 0; width: ${wide + (head.first ? 10 : 0)}px; max-width: 100%`;
  const words = head.words[number] ?? "";
  const row = figure.appendChild(document.createElement("div"));
  row.style.cssText = "display: flex; flex-wrap: wrap; gap: 3px";
  row.setAttribute("role", "img");
  row.setAttribute("aria-label", words || `picture ${number + 1}`);
  for (let place = 0; place < head.beside; place++) {
    const canvas = row.appendChild(document.createElement("canvas"));
    drawn(canvas, pixels, number * head.beside + place, head);
    canvas.style.cssText = `display: block; width: ${head.size}px; height: ${head.size}px; border-radius: 3px`;
    if (head.first && !place) canvas.style.marginRight = "10px";
  }
  if (words) {
    const caption = figure.appendChild(document.createElement("figcaption"));
    caption.textContent = words;
    caption.style.cssText =
      "margin-top: 2px; text-align: center; overflow-wrap: anywhere; font: 0.75rem var(--st-font); line-height: 1.25; color: var(--st-gray-color)";
  }
  return figure;
};

export default function ({ parentElement, data }) {
  const host = parentElement;
  const root = shown.get(host) ?? host.appendChild(document.createElement("div"));
  shown.set(host, root);
  const { head, pixels } = unpacked(data);
  root.style.cssText = "display: flex; flex-wrap: wrap; gap: 8px; padding: 2px 0";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", head.about);
  root.replaceChildren(...Array.from({ length: head.count }, (_, number) => tile(head, pixels, number)));
  return () => {
    root.remove();
    shown.delete(host);
  };
}
