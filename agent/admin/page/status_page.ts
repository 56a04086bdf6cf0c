import type { Hono } from "hono";
import dom from "./dom.js" with { type: "text" };
import latency from "./latency.js" with { type: "text" };
import names from "./names.js" with { type: "text" };
import overview from "./overview.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import html from "./page.html" with { type: "text" };
import page from "./page.js" with { type: "text" };
import sparkline from "./sparkline.js" with { type: "text" };

/** The page loads nothing but its own files, and may not be framed, submitted anywhere or given another base. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SCRIPTS = {
  "dom.js": dom,
  "latency.js": latency,
  "names.js": names,
  "overview.js": overview,
  "page.js": page,
  "sparkline.js": sparkline,
};

/** `GET /`: the VM as its mesh sees it, made in the browser from `/api`. */
export function statusPage(app: Hono): void {
  serve(app, "/", html, "text/html");
  serve(app, "/page.css", style, "text/css");
  for (const [name, text] of Object.entries(SCRIPTS)) serve(app, `/${name}`, text, "text/javascript");
}

function serve(app: Hono, path: string, text: string, type: string): void {
  app.get(path, (context) => {
    return context.body(text, 200, {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    });
  });
}
