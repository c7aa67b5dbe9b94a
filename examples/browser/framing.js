// A drawing to the 28 x 28 glyph, as hwr/preprocess/framing.py frames it for networks that learned from MNIST or EMNIST.
// An image is {data, width, height}, data one number a pixel: 0 paper, 255 ink.

export const SIZE = 28;
const WORK_SIDES = [144, 480];
const EDGE = 72;
const SOLID = 100;
const BLOB = 1.7;
const DOT_SIDE = 7;
const FRAMINGS = {
  // the longer side of the ink; thinner than any pen of the dataset, its typical thin pen, thicker than any
  mnist: { box: 20, pens: [1.5, 2.2, 5], place: byMass },
  emnist: { box: 23, pens: [1.8, 2.7, 5.5], place: byBox },
};
const EMNIST_BLUR = 0.3;
const ROUGH = [0.955, 1.3693]; // OpenCV's distances to a neighbour: straight, diagonal; and a knight's move
const FINE = [1, 1.4, 2.1969];

const image = (width, height, data = new Float64Array(width * height)) => ({ data, width, height });
const byte = (value) => Math.min(255, Math.max(0, even(value)));

// Rounds halves to the even number, as OpenCV does.
function even(value) {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

export const knows = (framing) => Object.hasOwn(FRAMINGS, framing);

// The glyph of a drawing: Uint8Array of 28 x 28, all zero when there is no ink.
export function frame(ink, framing) {
  const { box, pens, place } = FRAMINGS[framing];
  const cropped = crop(ink);
  return cropped ? place(...mend(cropped, box, pens)) : new Uint8Array(SIZE * SIZE);
}

// MNIST's framing: scaled into 20 x 20, centre of mass at the centre.
function byMass(work, side) {
  const glyph = new Uint8Array(SIZE * SIZE);
  const scale = side / Math.max(work.width, work.height);
  const width = Math.max(1, even(work.width * scale));
  const height = Math.max(1, even(work.height * scale));
  const small = shrink(work, width, height);
  let mass = 0, x = 0, y = 0;
  small.data.forEach((value, i) => {
    mass += value;
    x += value * (i % width);
    y += value * Math.floor(i / width);
  });
  const place = (centre, extent) => Math.min(SIZE - extent, Math.max(0, even(SIZE / 2 - centre / mass)));
  const left = place(x, width), top = place(y, height);
  small.data.forEach((value, i) => {
    glyph[(top + Math.floor(i / width)) * SIZE + left + (i % width)] = value;
  });
  return glyph;
}

// EMNIST's framing: in the middle of a square, blurred, bicubic to 28 x 28.
function byBox(work, side) {
  const scale = Math.max(work.width, work.height) / side;
  const whole = even(SIZE * scale);
  const [left, top] = [work.width, work.height].map((extent) => Math.floor((whole - extent) / 2));
  const blurred = blur(cut(work, -left, -top, whole, whole), EMNIST_BLUR * scale);
  return Uint8Array.from(bicubic(bicubic(blurred, SIZE, whole), SIZE, SIZE).data);
}

// The ink inside its bounding box, stretched to reach 255; null when there is none.
function crop(ink) {
  const peak = ink.data.reduce((most, value) => Math.max(most, value), 0);
  if (!peak) return null;
  let x0 = ink.width, x1 = -1, y0 = ink.height, y1 = -1;
  ink.data.forEach((value, i) => {
    if (value <= (EDGE * peak) / 255) return;
    const x = i % ink.width, y = Math.floor(i / ink.width);
    x0 = Math.min(x0, x); x1 = Math.max(x1, x);
    y0 = Math.min(y0, y); y1 = Math.max(y1, y);
  });
  const part = cut(ink, x0, y0, x1 - x0 + 1, y1 - y0 + 1);
  if (peak < 255) part.data = part.data.map((value) => even((value * 255) / peak));
  return part;
}

// A part of an image; what is outside of it is paper.
function cut(from, left, top, width, height) {
  const part = image(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x + left >= 0 && x + left < from.width && y + top >= 0 && y + top < from.height;
      part.data[y * width + x] = inside ? from.data[(y + top) * from.width + x + left] : 0;
    }
  }
  return part;
}

const padded = (from, margin) => cut(from, -margin, -margin, from.width + 2 * margin, from.height + 2 * margin);

// The drawing at working size with strokes as wide as the pens of its dataset, and the side to scale it to.
function mend(cropped, box, pens) {
  const work = toWorkingSize(cropped);
  const longer = Math.max(work.width, work.height);
  const stroke = strokeWidth(work);
  if (longer < BLOB * stroke) return [work, DOT_SIDE];
  const [thinnest, thin, thickest] = pens.map((pen) => (pen * longer) / box);
  if (stroke < thinnest) return [thicken(work, (thin - stroke) / (1 - pens[1] / box) / 2), box];
  if (stroke > thickest) return [thinned(work, (stroke - thickest) / (1 - pens[2] / box) / 2), box];
  return [work, box];
}

function toWorkingSize(from) {
  const side = Math.max(from.width, from.height);
  const scale = Math.min(Math.max(1, WORK_SIDES[0] / side), WORK_SIDES[1] / side);
  if (scale === 1) return from;
  const [width, height] = [from.width, from.height].map((extent) => Math.max(1, even(extent * scale)));
  return scale > 1 ? enlarge(from, width, height) : shrink(from, width, height);
}

// The mean stroke width: points of a stroke of width w lie w / 4 from its edge on average.
function strokeWidth(work) {
  const solid = padded(work, 1).data.map((value) => value > SOLID);
  const depth = distances(image(work.width + 2, work.height + 2, solid), ROUGH);
  const area = solid.reduce((sum, value) => sum + value, 0);
  return area ? 4 * (depth.reduce((sum, value) => sum + value, 0) / area - 0.5) : 1;
}

function thicken(work, reach) {
  const wide = padded(work, Math.ceil(reach) + 1);
  const away = distances({ ...wide, data: wide.data.map((value) => value <= SOLID) }, FINE);
  const grown = wide.data.map((value, i) => Math.max(value, Math.trunc(Math.min(255, Math.max(0, (reach + 1 - away[i]) * 255)))));
  return crop({ ...wide, data: grown });
}

function thinned(work, reach) {
  const wide = padded(work, 1);
  const depth = distances({ ...wide, data: wide.data.map((value) => value > SOLID) }, FINE);
  const left = wide.data.map((_, i) => Math.trunc(Math.min(255, Math.max(0, (depth[i] - reach) * 255))));
  return crop({ ...wide, data: left }) ?? work;
}

// How far each pixel that is set lies from the nearest that is not (Borgefors, 1986), there and back over the image.
function distances({ data, width, height }, [straight, diagonal, knight]) {
  const found = Float64Array.from(data, (set) => (set ? 1e9 : 0));
  const steps = [[-1, 0, straight], [0, -1, straight], [-1, -1, diagonal], [1, -1, diagonal]];
  if (knight) steps.push([-2, -1, knight], [2, -1, knight], [-1, -2, knight], [1, -2, knight]);
  for (const way of [1, -1]) {
    for (let n = 0; n < found.length; n++) {
      const i = way > 0 ? n : found.length - 1 - n;
      const x = i % width, y = Math.floor(i / width);
      for (const [dx, dy, far] of steps) {
        const u = x + way * dx, v = y + way * dy;
        if (u >= 0 && u < width && v >= 0 && v < height) found[i] = Math.min(found[i], found[v * width + u] + far);
      }
    }
  }
  return found;
}

// Each new pixel as the mean of the area that it covers; rows and columns by themselves.
function shrink(from, width, height) {
  return resized(from, width, height, (place, scale, size) => {
    const begin = place * scale, end = Math.min(begin + scale, size);
    const taps = [];
    for (let i = Math.floor(begin); i < end; i++) {
      taps.push([i, (Math.min(i + 1, end) - Math.max(i, begin)) / (end - begin)]);
    }
    return taps;
  });
}

// Cubic interpolation with OpenCV's coefficient of -0.75.
function enlarge(from, width, height) {
  const weight = (t) => (t <= 1 ? 1.25 * t ** 3 - 2.25 * t ** 2 + 1 : -0.75 * (t ** 3 - 5 * t ** 2 + 8 * t - 4));
  return resized(from, width, height, (place, scale, size) => {
    const centre = (place + 0.5) * scale - 0.5;
    const first = Math.floor(centre) - 1;
    return [0, 1, 2, 3].map((k) => [Math.min(size - 1, Math.max(0, first + k)), weight(Math.abs(centre - first - k))]);
  });
}

// Pillow's bicubic: a coefficient of -0.5, over as many pixels more as the image becomes smaller.
function bicubic(from, width, height) {
  const weight = (t) => (t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : t < 2 ? -0.5 * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0);
  return resized(from, width, height, (place, scale, size) => {
    const centre = (place + 0.5) * scale, wide = Math.max(1, scale), taps = [];
    for (let i = Math.max(0, Math.floor(centre - 2 * wide)); i < Math.min(size, Math.ceil(centre + 2 * wide)); i++) {
      const share = weight(Math.abs(i + 0.5 - centre) / wide);
      if (share) taps.push([i, share]);
    }
    return normalised(taps);
  });
}

// Blurred as by a Gaussian; what is outside of the image is paper.
function blur(from, sigma) {
  const reach = Math.floor(even(6 * sigma + 1) / 2);
  const weights = (place, size) => {
    const taps = [];
    for (let i = Math.max(0, place - reach); i <= Math.min(size - 1, place + reach); i++) {
      taps.push([i, Math.exp(-((i - place) ** 2) / (2 * sigma ** 2))]);
    }
    return normalised(taps);
  };
  const along = (image, turned) => {
    const size = turned ? image.height : image.width;
    const taps = Array.from({ length: size }, (_, place) => weights(place, size));
    const step = turned ? image.width : 1;
    return image.data.map((_, at) => {
      const place = turned ? Math.floor(at / image.width) : at % image.width;
      let sum = 0;
      for (const [i, share] of taps[place]) sum += image.data[at + (i - place) * step] * share;
      return byte(sum);
    });
  };
  const across = { ...from, data: along(from, false) };
  return { ...across, data: along(across, true) };
}

function normalised(taps) {
  const sum = taps.reduce((total, [, share]) => total + share, 0);
  return taps.map(([i, share]) => [i, share / sum]);
}

function resized(from, width, height, taps) {
  const columns = Array.from({ length: width }, (_, x) => taps(x, from.width / width, from.width));
  const rows = Array.from({ length: height }, (_, y) => taps(y, from.height / height, from.height));
  const to = image(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [v, down] of rows[y]) {
        for (const [u, across] of columns[x]) sum += from.data[v * from.width + u] * down * across;
      }
      to.data[y * width + x] = byte(sum);
    }
  }
  return to;
}
