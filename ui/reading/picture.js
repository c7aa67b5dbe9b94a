// A picture that goes to the browser once and stays there while boxes over it change; mounted by editor.py.
//
// What it is given begins with ID_LENGTH characters that name the picture; the rest is a JPEG. The editor (boxes.js) finds
// its address under that name.

const ID_LENGTH = 16;
const pictures = (window[Symbol.for("hwr.pictures")] ??= new Map());
const shown = new WeakMap();

const forget = (parentElement) => {
  const id = shown.get(parentElement);
  if (id && pictures.has(id)) URL.revokeObjectURL(pictures.get(id));
  pictures.delete(id);
  shown.delete(parentElement);
};

export default function ({ parentElement, data }) {
  const id = new TextDecoder().decode(data.slice(0, ID_LENGTH));
  if (shown.get(parentElement) !== id || !pictures.has(id)) {
    forget(parentElement);
    pictures.set(id, URL.createObjectURL(new Blob([data.slice(ID_LENGTH)], { type: "image/jpeg" })));
    shown.set(parentElement, id);
    window.dispatchEvent(new Event("hwr-picture"));
  }
  return () => forget(parentElement);
}
