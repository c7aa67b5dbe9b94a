// A network that `python -m hwr export` wrote as ONNX, on onnxruntime-web: what its file says of itself, and its answers.

import { SIZE, knows } from "./framing.js";

// The metadata of an ONNX file, which onnxruntime-web does not give: field 14 of protobuf's message, pairs of 1 and 2.
export function metadata(bytes) {
  const text = new TextDecoder();
  const pairs = [...fields(bytes)].filter(([field]) => field === 14).map(([, pair]) => {
    const { 1: key, 2: value } = Object.fromEntries(fields(pair));
    return [text.decode(key), value ? text.decode(value) : ""];
  });
  return Object.fromEntries(pairs);
}

function* fields(bytes) {
  let at = 0;
  const number = () => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const part = bytes[at++];
      value += (part & 127) * unit;
      if (!(part & 128)) return value;
    }
  };
  while (at < bytes.length) {
    const tag = number();
    if (tag % 8 === 2) {
      const size = number();
      yield [Math.floor(tag / 8), bytes.subarray(at, at + size)];
      at += size;
    } else if (tag % 8 === 0) number();
    else at += tag % 8 === 1 ? 8 : 4;
  }
}

// A network that is ready to read; `ort` is onnxruntime-web. Throws an Error with a sentence for a file that is none of ours.
export async function open(ort, bytes) {
  const said = metadata(bytes);
  if (!said.classes) throw new Error("This is no ONNX file that hwr exported.");
  if (!knows(said.framing)) throw new Error(`This page does not know the framing ${said.framing}.`);
  const session = await ort.InferenceSession.create(bytes);
  const classes = [...said.classes];
  const read = async (glyph) => {
    const pictures = new ort.Tensor("float32", Float32Array.from(glyph, (value) => value / 255), [1, 1, SIZE, SIZE]);
    const { logits } = await session.run({ pictures });
    const heated = [...logits.data].slice(0, classes.length).map((value) => value / Number(said.temperature));
    const most = Math.max(...heated);
    const powers = heated.map((value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b);
    return classes.map((char, i) => [char, powers[i] / sum]).sort((a, b) => b[1] - a[1]);
  };
  return { classes: said.classes, framing: said.framing, read };
}
