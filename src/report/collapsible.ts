import * as Figure from "../Figure.ts"
import { Html, html } from "./Html.ts"

/** A stretch of a text, marked or not. */
export interface Stretch {
  readonly text: string
  readonly marked: boolean
}

/**
 * Shows a text as it was written, line breaks and all; what is long waits behind a disclosure.
 *
 * The first 700 characters or so are in the open. Of texts above 12,000 characters the rest is left out, and said to be.
 * An empty text is called empty.
 */
export const collapsible = (stretches: ReadonlyArray<Stretch>): Html => {
  const total = stretches.reduce((sum, { text }) => sum + text.length, 0)
  if (total === 0) return html`<p class="unknown">empty</p>`
  if (total <= open + slack) return block(stretches)
  const [first, rest] = splitAt(stretches, open)
  const [second, left] = splitAt(rest, most - open)
  const nLeft = left.reduce((sum, { text }) => sum + text.length, 0)
  return html`${block(first)}
    <details class="more">
      <summary>Show ${Figure.count(total - open - nLeft)} more characters</summary>
      ${block(second)}${
        nLeft === 0 ? Html.empty : html`<p class="unknown">${Figure.count(nLeft)} more are left out here.</p>`
      }
    </details>`
}

const open = 700
/** A rest shorter than this is not worth a click. */
const slack = 200
const most = 12_000

const block = (stretches: ReadonlyArray<Stretch>): Html =>
  html`<pre class="text" dir="auto">
${stretches.map(({ marked, text }) => (marked ? html`<mark>${text}</mark>` : text))}</pre>`

/** Cuts after `length` UTF-16 units, or one earlier where that would split a character. */
const splitAt = (stretches: ReadonlyArray<Stretch>, length: number): [Array<Stretch>, Array<Stretch>] => {
  const before: Array<Stretch> = []
  const after: Array<Stretch> = []
  let left = length
  for (const { marked, text } of stretches) {
    let end = Math.min(left, text.length)
    if (end > 0 && end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!)) end--
    if (end > 0) before.push({ marked, text: text.slice(0, end) })
    if (end < text.length) after.push({ marked, text: text.slice(end) })
    left = end < text.length ? 0 : left - end
  }
  return [before, after]
}
