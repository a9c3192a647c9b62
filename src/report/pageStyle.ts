import { Html } from "./Html.ts"

/**
 * The style sheet of a report.
 *
 * One accent colour, system fonts, light and dark by the reader's setting; charts take their colours from the same variables.
 * Nothing is wider than the page from 320 pixels on: tables scroll in their boxes and long words break.
 */
export const pageStyle: Html = Html.trusted(`
:root {
  color-scheme: light dark;
  --paper: #ffffff; --wash: #f5f7f9; --line: #dce1e6; --quiet: #8793a0; --soft: #565e69; --ink: #1a1d21;
  --accent: #0b6b8f; --accent-wash: #e2f0f6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --wash: #1c2026; --line: #2e353d; --quiet: #68737f; --soft: #a3adb8; --ink: #e7eaee;
    --accent: #5bb8dc; --accent-wash: #123341;
  }
}
@media print {
  :root {
    --paper: #ffffff; --wash: #ffffff; --line: #cccccc; --quiet: #8793a0; --soft: #444444; --ink: #000000;
    --accent: #0b6b8f; --accent-wash: #e2f0f6;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 74rem; padding: 1.5rem 1rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4 { line-height: 1.25; font-weight: 600; text-wrap: balance; margin: 0; }
h1 { font-size: 1.75rem; letter-spacing: -0.015em; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; }
h3 { font-size: 1rem; }
h4 { font-size: 0.875rem; font-weight: 400; line-height: 1.45; color: var(--soft); text-wrap: wrap; }
p, ul, ol, dl, figure, pre { margin: 0; }
p { max-width: 68ch; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
pre { white-space: pre-wrap; background: var(--wash); padding: 0.75rem; border-radius: 4px; }
summary { cursor: pointer; color: var(--accent); }
.eyebrow { color: var(--soft); font-size: 0.875rem; }
.lede { margin-top: 0.75rem; font-size: 1.0625rem; }
.note { color: var(--soft); font-size: 0.9375rem; }
.unknown { color: var(--soft); font-style: italic; }

.facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; margin-top: 1.25rem; font-size: 0.875rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; }
.banner { margin-top: 1.5rem; max-width: 48rem; padding: 0.875rem 1rem; background: var(--accent-wash); border-left: 3px solid var(--accent); }
.banner p + p { margin-top: 0.5rem; }
.stats {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(8.75rem, 1fr)); gap: 1.25rem 1.5rem;
  margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line);
}
.stats dt { color: var(--soft); font-size: 0.875rem; }
.stats dd { margin: 0; font-size: 1.625rem; font-weight: 600; line-height: 1.3; letter-spacing: -0.015em; }
.stats dd.unknown { font-weight: 400; font-size: 1.25rem; line-height: 1.69; }
.stats dd.aside { font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; color: var(--soft); line-height: 1.4; }

nav { margin-bottom: 2.25rem; font-size: 0.875rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.35rem 1.1rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.page { margin-top: 2.75rem; border-top: 1px solid var(--line); padding-top: 1.75rem; }
section + section { margin-top: 2.75rem; padding-top: 1.75rem; border-top: 1px solid var(--line); }
section > * + *, article > * + * { margin-top: 1rem; }
section > h3 { margin-top: 2rem; }
section > h2 + .plot { margin-top: 1.25rem; }
section > h2 + .untitled { margin-top: 0.5rem; }
details + details { margin-top: 0.35rem; }

.warnings, .steps { padding: 0; list-style: none; max-width: 68ch; }
.warnings li { border-left: 3px solid var(--accent); padding: 0.1rem 0 0.1rem 0.875rem; }
.warnings li + li { margin-top: 1.1rem; }
.warnings b, .steps b { display: block; font-weight: 600; }
.where { color: var(--soft); font-size: 0.8125rem; }
.steps { counter-reset: step; }
.steps p { margin-top: 0.1rem; }
.steps li { counter-increment: step; position: relative; padding-left: 2.1rem; }
.steps li + li { margin-top: 1.1rem; }
.steps li::before { content: counter(step); position: absolute; left: 0; top: 0; color: var(--accent); font-weight: 600; }

.plot { margin-top: 2rem; }
.plot figcaption > * + * { margin-top: 0.25rem; }
.side { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; margin-top: 0.875rem; }
.canvas { max-width: 26rem; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.keys { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; font-size: 0.8125rem; color: var(--soft); margin-top: 0.35rem; }
.key { display: inline-block; width: 0.6rem; height: 0.6rem; margin-right: 0.45rem; }
.key.dot { background: var(--accent); border-radius: 50%; }
.key.bar { background: var(--accent); }
.key.quiet { background: var(--quiet); }
.key.thin { background: var(--soft); height: 3px; width: 0.9rem; vertical-align: 0.2em; }
.key.stroke { background: var(--ink); width: 2px; height: 0.85rem; vertical-align: -0.1em; }
.key.square { border: 1.5px solid var(--ink); }
.key.dashes { border-top: 1.5px dashed var(--soft); height: 0; width: 1.1rem; vertical-align: 0.25em; }

/* The shade at the right edge shows only while there is more to scroll to. */
.scroll {
  overflow-x: auto; max-width: 100%; overflow-wrap: normal;
  background:
    linear-gradient(to left, var(--paper) 40%, transparent) 100% 0 / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--line), transparent) 100% 0 / 1rem 100% no-repeat scroll;
}
.tables > * + * { margin-top: 1.25rem; }
.more { margin-top: 0.5rem; font-size: 0.875rem; }
table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; min-width: min(100%, 20rem); }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 0.32rem 1.1rem 0.32rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0.25rem; }
thead th { color: var(--soft); font-weight: 400; vertical-align: bottom; border-bottom-color: var(--quiet); }
tbody th { font-weight: 400; }
tbody th bdi { display: inline-block; max-width: 24rem; overflow-wrap: break-word; }
.side:not(.single) tbody th bdi { max-width: 8.5rem; }
td { max-width: 24rem; overflow-wrap: break-word; }
td bdi { overflow-wrap: anywhere; }
.dense th, .dense td { padding-top: 0.1rem; padding-bottom: 0.1rem; }
.num { text-align: right; white-space: nowrap; }
thead .num { white-space: normal; }
td:last-child:not(.num) { min-width: 9rem; }

article { margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.text { font-family: inherit; padding: 0; background: none; font-size: 0.9375rem; line-height: 1.5; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.prompt { padding-left: 0.875rem; border-left: 3px solid var(--line); max-width: 68ch; }
.versus { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
.versus > div { background: var(--wash); padding: 0.75rem 0.875rem; border-radius: 4px; }
.versus h4 { margin-bottom: 0.35rem; }
mark { background: var(--accent-wash); color: var(--ink); box-shadow: inset 0 -1.5px 0 var(--accent); border-radius: 1px; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.8125rem; }

@media (min-width: 48rem) {
  body { padding: 2.5rem 2rem 5rem; }
  h1 { font-size: 2.1rem; }
  .versus { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .side { grid-template-columns: minmax(0, 24rem) minmax(0, 1fr); gap: 2rem; align-items: start; }
  .side.single { grid-template-columns: minmax(0, 1fr); }
}
@media (min-width: 72rem) {
  .page { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: 3rem; }
  nav { margin: 0.25rem 0 0; position: sticky; top: 2.5rem; align-self: start; }
  nav ul { flex-direction: column; gap: 0.45rem; }
}
@media print {
  nav { display: none; }
  .scroll { overflow: visible; }
  figure, article { break-inside: avoid; }
}
`)
