// Paints the points of the map: straight into the picture's bytes, since 100,000 shapes would take too long.

const FULL = 65535;

/**
 * Paint on a canvas what a camera ({ x, y, scale }: the middle, and pixels for the whole map) sees.
 * `plane` is the byte of each song that `palette` has a colour for.
 */
export function paintMap(canvas, map, camera, plane, palette) {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (!width || !height) return;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const size = dotSize(map.count, camera.scale) * ratio;
  const dot = discOf(size);
  const scale = (camera.scale * ratio) / FULL;
  const left = width / 2 - camera.x * camera.scale * ratio;
  const top = height / 2 - camera.y * camera.scale * ratio;
  const reach = Math.ceil(size);
  for (let place = 0; place < map.count; place += 1) {
    const x = Math.round(map.x[place] * scale + left);
    const y = Math.round(map.y[place] * scale + top);
    if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
    const colour = palette[plane[place]];
    for (let at = 0; at < dot.length; at += 2) pixels[(y + dot[at + 1]) * width + x + dot[at]] = colour;
  }
  context.putImageData(picture, 0, 0);
}

/** The radius of a point in pixels: large where few lie in sight. */
export function dotSize(count, scale) {
  const spread = scale / Math.sqrt(Math.max(1, count));
  return Math.min(7, Math.max(0.8, spread / 6));
}

/** The offsets of a disc's pixels: x, y, x, y, ... */
function discOf(radius) {
  const reach = Math.floor(radius);
  const offsets = [];
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) if (x * x + y * y <= radius * radius) offsets.push(x, y);
  }
  return Int16Array.from(offsets);
}
