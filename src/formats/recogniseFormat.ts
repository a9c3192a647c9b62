import type { Format, Look, Recognition } from "./Format.ts"
import { findVoteColumns } from "./findVoteColumns.ts"
import { formats } from "./formats.ts"
import { columnOf, foundColumns } from "./LookedAt.ts"
import { pathText } from "./VoteColumns.ts"
import { isProblem } from "./VoteSides.ts"

/** The format of a file, why, and what else would read it. */
export interface Recognised {
  readonly format: Format
  /** In a sentence. */
  readonly said: string
}

/** Why the format of a file cannot be told; the names that settle it, where some would fit. */
export interface Unrecognised {
  readonly found: string
  readonly fitting: ReadonlyArray<string>
}

/**
 * Tells the format of a file from all its columns and what they hold in the first rows, never from one row.
 *
 * Of the formats that fit, the one that explains most columns is taken. Two that explain equally many and do not read them in the same way
 * are ambiguous. Votes beside chosen and rejected replies are named, not taken.
 */
export const recogniseFormat = (look: Look): Recognised | Unrecognised => {
  const fitting = formats
    .map((format) => ({ format, found: format.recognise(look) }))
    .filter((one): one is { readonly format: Format; readonly found: Recognition } => one.found !== null)
  if (fitting.length === 0) {
    const why = formats.flatMap((format) => {
      const near = format.nearly?.(look) ?? null
      return near === null ? [] : [`: ${near.found}; ${format.name} takes ${near.wanted}`]
    })
    return { found: foundColumns(look) + why.join(""), fitting: [] }
  }
  const most = Math.max(...fitting.map(({ found }) => found.nColumns))
  const best = fitting.filter(({ found }) => found.nColumns === most)
  const settled = best.filter(({ format }) => format.readAs === undefined)
  const [only] = settled
  if (only === undefined || settled.length > 1) {
    return {
      found: `columns that fit ${best.map(({ format }) => format.name).join(" and ")} alike`,
      fitting: best.map(({ format }) => format.name)
    }
  }
  const others = [...fitting.filter((one) => one !== only).map(({ format }) => format.name), ...votesBeside(look)]
  const also = others.length === 0 ? "nothing else fits" : `${others.join(", ")} would fit too`
  return { format: only.format, said: `${only.format.name}, because ${only.found.why}; ${also}` }
}

/** How votes are read that stand beside chosen and rejected replies; nothing where there are none. */
const votesBeside = (look: Look): ReadonlyArray<string> => {
  const chosen = ["chosen", "rejected"]
  if (chosen.some((name) => columnOf(look, name) === undefined)) return []
  const found = findVoteColumns(
    look.columns.filter(({ name }) => !chosen.includes(name)),
    {}
  )
  if (isProblem(found) || found.labels.length === 0 || found.sides === null || !found.hasTexts) return []
  const { first, second } = found.sides
  const labels = found.labels.map(({ path }) => pathText(path)).join(",")
  return [`votes (--from votes --chosen ${pathText(first)} --rejected ${pathText(second)} --label ${labels})`]
}
