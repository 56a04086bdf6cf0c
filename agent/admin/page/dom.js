/** Small makers of elements. Text only ever enters as text, so nothing that an object is called can become markup. */

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The first element inside a section. */
export function part(id, selector) {
  return document.querySelector(`#${id} ${selector}`);
}

/** Terms and what is said of them; pairs without a text are left out. */
export function definitions(pairs) {
  return pairs.filter(([, text]) => text !== "").flatMap(([term, text]) => [
    element("dt", {}, term),
    element("dd", {}, text),
  ]);
}

/** A table; cells are texts or elements. Columns of numbers are named. */
export function table(caption, heading, rows, numbers = []) {
  const cell = (tag, content, column) => element(tag, numbers.includes(column) ? { class: "number" } : {}, content);
  const head = element(
    "tr",
    {},
    ...heading.map((text, column) => {
      const made = cell("th", text, column);
      made.setAttribute("scope", "col");
      return made;
    }),
  );
  const body = rows.map((row) => element("tr", {}, ...row.map((content, column) => cell("td", content, column))));
  return element("table", { "aria-label": caption }, element("thead", {}, head), element("tbody", {}, ...body));
}

/** A word with the colour of how good it is. */
export function verdict(text, kind) {
  return element("span", kind ? { class: kind } : {}, text);
}

/** Seconds as `3 d`, `4 h`, `5 min`, `6 s`. */
export function span(seconds) {
  if (seconds === null) return "";
  for (const [unit, length] of [["d", 86_400], ["h", 3600], ["min", 60]]) {
    if (seconds >= 2 * length) return `${Math.floor(seconds / length)} ${unit}`;
  }
  return `${Math.floor(seconds)} s`;
}
