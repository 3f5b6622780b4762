// Where one looks on the map: moved by pointer, wheel and keys.

const DEEPEST = 400; // times the whole map
const STEP = 0.15; // of the picture, for an arrow key
const CLICK_PX = 5; // a pointer that moved less has clicked

/**
 * A camera over `canvas`: `{ x, y, scale }`, the middle (0..1) and pixels for the whole map.
 * `onMove()` is called when it moved, `onPick(x, y)` on a click, in the canvas's pixels.
 */
export function mountCamera(canvas, { onMove, onPick }) {
  const camera = { x: 0.5, y: 0.5, scale: 600 };
  const pointers = new Map(); // id -> where it is
  let moved = 0;

  const whole = () => Math.max(50, Math.min(canvas.clientWidth, canvas.clientHeight));
  const clamp = (value) => Math.min(1, Math.max(0, value));

  function set(x, y, scale) {
    camera.scale = Math.min(whole() * DEEPEST, Math.max(whole() * 0.8, scale));
    camera.x = clamp(x);
    camera.y = clamp(y);
    onMove();
  }

  /** Zoom so that what lies under a point of the canvas stays there. */
  function zoom(factor, px = canvas.clientWidth / 2, py = canvas.clientHeight / 2) {
    const scale = Math.min(whole() * DEEPEST, Math.max(whole() * 0.8, camera.scale * factor));
    const dx = px - canvas.clientWidth / 2;
    const dy = py - canvas.clientHeight / 2;
    set(camera.x + dx / camera.scale - dx / scale, camera.y + dy / camera.scale - dy / scale, scale);
  }

  const pan = (dx, dy) => set(camera.x + dx / camera.scale, camera.y + dy / camera.scale, camera.scale);
  const reset = () => set(0.5, 0.5, whole());

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.offsetX, event.offsetY);
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    moved = pointers.size > 1 ? Infinity : 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.offsetX, y: event.offsetY };
    moved += Math.hypot(now.x - last.x, now.y - last.y);
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(now.x - other.x, now.y - other.y);
      zoom(after / Math.max(1, before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else if (moved > CLICK_PX) pan(last.x - now.x, last.y - now.y);
    pointers.set(event.pointerId, now);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (pointers.delete(event.pointerId) && moved <= CLICK_PX) onPick(event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEP * Math.min(canvas.clientWidth, canvas.clientHeight);
    const run = {
      ArrowLeft: () => pan(-step, 0),
      ArrowRight: () => pan(step, 0),
      ArrowUp: () => pan(0, -step),
      ArrowDown: () => pan(0, step),
      "+": () => zoom(1.5),
      "=": () => zoom(1.5),
      "-": () => zoom(1 / 1.5),
      0: reset,
    }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });

  return {
    camera,
    zoom,
    reset,
    get dragging() {
      return pointers.size > 0;
    },
    /** A point of the canvas as a place of the map, 0..1. */
    placeAt: (px, py) => [
      camera.x + (px - canvas.clientWidth / 2) / camera.scale,
      camera.y + (py - canvas.clientHeight / 2) / camera.scale,
    ],
    /** Where a place of the map is on the canvas. */
    pointOf: (x, y) => [
      canvas.clientWidth / 2 + (x - camera.x) * camera.scale,
      canvas.clientHeight / 2 + (y - camera.y) * camera.scale,
    ],
  };
}
