import type { Manifest } from "../../Manifest.ts"
import * as Figure from "../../Figure.ts"
import { Html, html } from "../Html.ts"
import type { Section } from "../Section.ts"
import { sentence } from "../sentence.ts"
import { warningsOf, type WarningGroup } from "../warningsOf.ts"

/** Lists what stands in the way of believing the numbers, with what to do about it. */
export const warningSection = (manifest: Manifest): Section => {
  const groups = warningsOf(manifest)
  return {
    id: "warnings",
    title: "Warnings",
    body:
      groups.length === 0
        ? html`<p>None were raised.</p>`
        : html`<ul class="warnings">
            ${groups.map(warningItem)}
          </ul>`
  }
}

const warningItem = ({ code, messages, title }: WarningGroup): Html => {
  const line = ({ message, stage }: WarningGroup["messages"][number]) =>
    html`<p>${sentence(message)} <span class="where">Stage ${stage}, ${code}</span></p>`
  return html`<li>
    <b>${title}</b>${messages.slice(0, shown).map(line)}${
      messages.length > shown
        ? html`<details class="more">
            <summary>${Figure.count(messages.length - shown)} more</summary>
            ${messages.slice(shown).map(line)}
          </details>`
        : Html.empty
    }
  </li>`
}

const shown = 4
