// Companion of the drawing canvas (streamlit-drawable-canvas 0.13), mounted beside it by sheet.py.
//
// It does three things that the canvas does not: it says how wide the canvas can be; it sends a stroke as it ends, where
// the canvas alone waits 200 ms; and it keeps the canvas's hover toolbar out of the way, as the page has buttons of its
// own. Where it finds no canvas it does nothing, and strokes arrive 200 ms later.

const instances = new WeakMap();

const sheetOf = (event) => event.composedPath().find((node) => node.classList?.contains("dc-root"));

const start = (host, instance) => {
  let drawnOn = null;
  const down = (event) => {
    drawnOn = sheetOf(event) ?? null;
  };
  const up = () => {
    const sheet = drawnOn;
    drawnOn = null;
    // After the canvas has added the stroke, which it does in its own handlers of this event.
    if (sheet) setTimeout(() => sheet.querySelector(".dc-toolbar button")?.click(), 0);
  };
  const over = (event) => {
    const toolbar = sheetOf(event)?.querySelector(".dc-toolbar");
    if (toolbar) toolbar.style.visibility = "hidden";
  };
  const listeners = [["mousedown", down], ["touchstart", down], ["mouseup", up], ["touchend", up], ["pointerover", over]];
  for (const [name, listener] of listeners) document.addEventListener(name, listener, { capture: true, passive: true });

  let told = null;
  const room = new ResizeObserver(() => {
    const width = Math.floor(host.getBoundingClientRect().width);
    if (width > 0 && width !== told) {
      told = width;
      instance.tell(width);
    }
  });
  room.observe(host);

  return () => {
    room.disconnect();
    for (const [name, listener] of listeners) document.removeEventListener(name, listener, { capture: true });
  };
};

export default function ({ parentElement, setStateValue }) {
  let instance = instances.get(parentElement);
  if (!instance) {
    instance = {};
    instances.set(parentElement, instance);
    instance.stop = start(parentElement.host ?? parentElement, instance);
  }
  instance.tell = (width) => setStateValue("width", width);
  return () => {
    instance.stop();
    instances.delete(parentElement);
  };
}
