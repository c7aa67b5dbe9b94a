// A button that copies a text; mounted by editor.py.

const DONE = 1500; // milliseconds

const copied = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
  area.select(); // without HTTPS there is only the old way
  document.execCommand("copy");
  area.remove();
};

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button") ?? parentElement.appendChild(document.createElement("button"));
  Object.assign(button, { type: "button", className: "copy", textContent: "Copy", title: "Copy the text" });
  button.disabled = !data;
  button.onclick = async () => {
    await copied(data);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), DONE);
  };
}
