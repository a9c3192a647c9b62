import { Chart } from "./Chart.ts"
import { escapeHtml } from "./escapeHtml.ts"

/** What may stand in a template: text is escaped, markup and charts are not, a list is joined. */
export type Part = Html | Chart | string | number | ReadonlyArray<Part>

/**
 * A piece of a page that is safe to send: the only way to make one of text is `html`, which escapes it.
 *
 * Charts stay in it as they are until `resolve`, because drawing takes a module that is loaded late.
 */
export class Html {
  readonly #pieces: ReadonlyArray<string | Chart>

  private constructor(pieces: ReadonlyArray<string | Chart>) {
    this.#pieces = pieces
  }

  /** Nothing. */
  static readonly empty = new Html([])

  /** Takes markup as it is. For constants of this package alone; data never pass here. */
  static readonly trusted = (markup: string): Html => new Html([markup])

  /** Joins markup and parts in turn. `html` is the way to call it. */
  static readonly template = (markup: ReadonlyArray<string>, parts: ReadonlyArray<Part>): Html => {
    const pieces: Array<string | Chart> = [markup[0]!]
    for (let i = 0; i < parts.length; i++) {
      append(pieces, parts[i]!)
      pieces.push(markup[i + 1]!)
    }
    return new Html(pieces)
  }

  static readonly piecesOf = (part: Html): ReadonlyArray<string | Chart> => part.#pieces

  /** The text of the page, with every chart replaced by what `draw` makes of it. */
  static readonly resolve = (page: Html, draw: (chart: Chart) => Promise<string>): Promise<string> =>
    Promise.all(page.#pieces.map((piece) => (typeof piece === "string" ? Promise.resolve(piece) : draw(piece)))).then(
      (texts) => texts.join("")
    )
}

/**
 * Writes HTML with everything in `${}` escaped, unless it is `Html` already.
 *
 * Attributes have to be quoted in the template. A list is joined without a separator.
 */
export const html = (markup: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html => Html.template(markup, parts)

const append = (pieces: Array<string | Chart>, part: Part): void => {
  if (part instanceof Html) pieces.push(...Html.piecesOf(part))
  else if (part instanceof Chart) pieces.push(part)
  else if (typeof part === "string" || typeof part === "number") pieces.push(escapeHtml(String(part)))
  else for (const inner of part) append(pieces, inner)
}
