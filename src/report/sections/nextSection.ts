import type { Manifest } from "../../Manifest.ts"
import { Html, html } from "../Html.ts"
import { nextSteps } from "../nextSteps.ts"
import type { Section } from "../Section.ts"

/** Says in plain words what the numbers call for. */
export const nextSection = (manifest: Manifest): Section => ({
  id: "next",
  title: "What to do next",
  body: html`<ol class="steps">
    ${nextSteps(manifest).map(
      (step) =>
        html`<li>
          <b>${step.title}</b>
          <p>${step.text}</p>
          ${step.code === undefined ? Html.empty : html`<p><code>${step.code}</code></p>`}
        </li>`
    )}
  </ol>`
})
