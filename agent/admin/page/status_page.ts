import type { Hono } from "hono";
import script from "./page.js" with { type: "text" };
import html from "./page.html" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** The page loads nothing but its own two files, and may not be framed, submitted anywhere or given another base. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `GET /`: the VM as its mesh sees it, made in the browser from `/api`. */
export function statusPage(app: Hono): void {
  const files = { "/": [html, "text/html"], "/page.css": [style, "text/css"], "/page.js": [script, "text/javascript"] };
  for (const [path, [text, type]] of Object.entries(files)) {
    app.get(path, (context) => {
      return context.body(text!, 200, {
        "content-type": `${type}; charset=utf-8`,
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
      });
    });
  }
}
