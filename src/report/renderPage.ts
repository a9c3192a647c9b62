import { drawChart } from "./drawChart.ts"
import { Html, html } from "./Html.ts"
import { pageStyle } from "./pageStyle.ts"
import type { Section } from "./Section.ts"

/** What `renderPage` puts together. */
export interface Page {
  readonly title: string
  /** What stands above the contents. */
  readonly head: Html
  readonly sections: ReadonlyArray<Section>
  readonly foot: Html
}

/**
 * Writes one self-contained HTML page: no script, nothing to load, every chart drawn.
 *
 * The page forbids itself scripts and requests, so that nothing could get in even if a text were not escaped. Deterministic.
 */
export const renderPage = ({ foot, head, sections, title }: Page): Promise<string> =>
  Html.resolve(
    html`${doctype}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta
            http-equiv="Content-Security-Policy"
            content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
          />
          <title>${title}</title>
          <link rel="icon" href="data:," />
          <style>
            ${pageStyle}
          </style>
        </head>
        <body>
          <header>${head}</header>
          <div class="page">
            <nav aria-label="Contents">
              <ul>
                ${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}
              </ul>
            </nav>
            <main>${sections.map(sectionOf)}</main>
          </div>
          <footer>${foot}</footer>
        </body>
      </html> `,
    drawChart
  )

const doctype = Html.trusted("<!DOCTYPE html>\n")

const sectionOf = ({ body, id, title }: Section): Html => html`
  <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section>
`
