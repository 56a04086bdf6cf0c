/** The names: a search over the table, and why each answers what it answers. */
import { definitions, element, part, table, verdict } from "./dom.js";

/** More than a reader takes in; a filter finds the rest. */
const SHOWN = 200;
/** A typist pauses longer than this only at the end. */
const TYPING_MS = 150;

const filter = document.getElementById("filter");
const type = document.getElementById("type");
const panel = document.getElementById("explanation");
let typing = 0;
let asked = 0;

/** Makes the section work. `get` fetches a path's JSON. */
export function startNames(get) {
  const search = () => void showNames(get).catch(showFailure);
  filter.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, TYPING_MS);
  });
  document.querySelector("#names form").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = filter.value.trim();
    if (name !== "") void explain(get, name);
  });
  document.addEventListener("keydown", (event) => onKey(event, search));
  search();
  return search;
}

async function showNames(get) {
  const mine = ++asked;
  const { names } = await get(`/api/names?limit=${SHOWN + 1}&q=${encodeURIComponent(filter.value.trim())}`);
  // An answer that a later question has overtaken is no answer any more.
  if (mine !== asked) return;
  const more = names.length > SHOWN;
  const count = more
    ? `the first ${SHOWN} names; type more to narrow`
    : `${names.length} ${names.length === 1 ? "name" : "names"}`;
  document.getElementById("names-count").textContent = count;
  const focused = document.activeElement?.dataset?.name;
  const rows = names.slice(0, SHOWN).map(({ name, kind, addresses, data, source }) => {
    const button = element("button", { class: "name", type: "button", "data-name": name }, name);
    button.addEventListener("click", () => void explain(get, name));
    const object = [source.namespace, source.name].filter((word) => word !== "").join("/");
    return [
      button,
      kind,
      element("span", { class: "name" }, [...addresses, ...data].join(", ")),
      `${source.cluster} ${object}`,
    ];
  });
  part("names", ".rows").replaceChildren(table("names", ["name", "kind", "answers", "source"], rows));
  if (focused) buttons().find((button) => button.dataset.name === focused)?.focus();
}

async function explain(get, name) {
  try {
    const found = await get(`/api/names/${encodeURIComponent(name)}?type=${type.value}`);
    showExplanation(found);
  } catch (error) {
    showFailure(error);
  }
}

function showExplanation({ name, type, rcode, source, rule, answers, errors, mesh }) {
  const by = mesh.object;
  const object = by === null
    ? ""
    : `${by.kind} ${[by.namespace, by.name].filter((word) => word !== "").join("/")} of ${by.cluster}`;
  const result = rcode === "" ? "nobody would answer" : `${rcode}${source === "" ? "" : ` from ${source}`}`;
  const facts = element(
    "dl",
    {},
    ...definitions([
      ["answers", answers.map((answer) => `${answer.type} ${answer.data}`).join(", ")],
      ["error", errors.map(({ text }) => text).join("; ")],
      ["rule", rule],
      ["mesh", mesh.rule],
      ["object", object],
    ]),
  );
  const considered = mesh.considered.map(({ object, verdict: word, remarks }) => [
    `${object.cluster} ${object.kind} ${object.namespace}/${object.name}`,
    verdict(word, { answers: "good", shadowed: "wait" }[word] ?? ""),
    remarks.map(({ reason }) => reason).join("; "),
  ]);
  const title = element("div", { class: "title" }, element("strong", { class: "name" }, `${name} ${type}`));
  title.append(verdict(result, rcode === "NOERROR" ? "good" : "bad"));
  const parts = [title, facts];
  if (considered.length > 0) parts.push(table("objects that were looked at", ["object", "verdict", "why"], considered));
  panel.replaceChildren(...parts);
  panel.hidden = false;
}

function showFailure(error) {
  panel.replaceChildren(verdict(error.message, "bad"));
  panel.hidden = false;
}

function buttons() {
  return [...document.querySelectorAll("#names button.name")];
}

function onKey(event, search) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target === filter;
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    filter.focus();
    filter.select();
  } else if (event.key === "Escape") {
    panel.hidden = true;
    filter.value = "";
    search();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    if (at < 0 && !isTyping) return;
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (all[next] ?? (next < 0 ? filter : all.at(-1)))?.focus();
  }
}
