/** Curves of what was seen since the page was opened. */
const NAMESPACE = "http://www.w3.org/2000/svg";

/** Two minutes at one look each two seconds. */
export const LOOKS = 60;

/** The last `LOOKS` values of something. */
export class History {
  #values = [];

  add(value) {
    this.#values.push(value);
    if (this.#values.length > LOOKS) this.#values.shift();
  }

  get values() {
    return this.#values;
  }
}

/** A curve over numbers (null: nothing was measured), from zero to the greatest. */
export function sparkline(label, values) {
  const top = Math.max(...values.map((value) => value ?? 0), 1e-9);
  const points = values.map((value, index) => {
    const x = 100 * (LOOKS - values.length + index) / (LOOKS - 1);
    return value === null ? "" : `${x.toFixed(1)},${(30 - 28 * value / top).toFixed(1)}`;
  });
  const curve = svgElement("polyline", { class: "curve", points: points.filter((point) => point !== "").join(" ") });
  return drawing(label, "0 0 100 31", "spark", curve);
}

/** One small bar for each look: good, bad, or unknown. */
export function strip(label, values) {
  const bars = values.map((value, index) => {
    const x = LOOKS - values.length + index;
    return svgElement("rect", { x: `${x}`, y: "0", width: "0.8", height: "1", class: value });
  });
  return drawing(label, `0 0 ${LOOKS} 1`, "strip", ...bars);
}

function drawing(label, viewBox, kind, ...children) {
  const made = svgElement("svg", {
    viewBox,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
    class: kind,
  });
  made.append(...children);
  return made;
}

function svgElement(tag, attributes) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
