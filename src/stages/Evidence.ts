import type * as Schema from "effect/Schema"
import type { RowOf } from "../Stage.ts"

type Fields = Schema.Struct.Fields

/**
 * What is shown to a judge besides what it judges: a column named as a slot, or a function of the row.
 *
 * A function also gets what is judged, in the order in which it is shown, and has to be pure; its text stands for it in the manifest.
 * Null or a text without words shows nothing.
 */
export type Evidence<F extends Fields, Row, Shown = never> =
  | (keyof F & string)
  | ((row: Row & RowOf<F>, ...shown: ReadonlyArray<Shown>) => string | null)

/** Evidence of any row, after the compiler has checked it. */
export type AnyEvidence = string | ((row: never, ...shown: ReadonlyArray<never>) => string | null)

/** How evidence stands in the manifest. */
export const describe = (evidence: AnyEvidence | undefined): string | null =>
  evidence === undefined ? null : String(evidence)

/** Throws where the evidence is a column that is no slot. */
export const check = (stage: string, slots: Fields, evidence: AnyEvidence | undefined): void => {
  if (typeof evidence !== "string" || Object.hasOwn(slots, evidence)) return
  const found = Object.keys(slots).join(", ")
  throw new Error(
    `Cannot set up "${stage}": found the evidence "${evidence}" and the slots ${found === "" ? "none" : found}, expected the evidence among them; add its column to "slots"`
  )
}

/**
 * The text of the evidence for one row; null where there is none.
 *
 * A column of text is shown as it is, a list item by item, a struct as one line for each field. Items with a `candidateId`, such as
 * findings of tools, are shown only with the candidate they are about.
 */
export const textOf = (
  evidence: AnyEvidence | undefined,
  row: object,
  shown: ReadonlyArray<{ readonly id: string }> = []
): string | null => {
  if (evidence === undefined) return null
  const given =
    typeof evidence === "function"
      ? evidence(row as never, ...(shown as ReadonlyArray<never>))
      : wordsOf((row as Readonly<Record<string, unknown>>)[evidence], new Set(shown.map(({ id }) => id)))
  return given === null || given.trim() === "" ? null : given
}

const wordsOf = (value: unknown, shown: ReadonlySet<string>): string => {
  if (value === null || value === undefined) return ""
  if (Array.isArray(value)) {
    const items: ReadonlyArray<unknown> = value
    return items
      .filter((item) => isAbout(item, shown))
      .map((item) => wordsOf(item, shown))
      .filter((words) => words !== "")
      .join(items.some((item) => typeof item === "object") ? "\n\n" : "\n")
  }
  if (typeof value !== "object") return typeof value === "string" ? value : JSON.stringify(value)
  return Object.entries(value)
    .filter(([name, field]) => name !== "candidateId" && field !== null)
    .map(([name, field]) => `${name}: ${wordsOf(field, shown)}`)
    .join("\n")
}

const isAbout = (item: unknown, shown: ReadonlySet<string>): boolean => {
  if (item === null || typeof item !== "object" || !("candidateId" in item)) return true
  return typeof item.candidateId !== "string" || shown.has(item.candidateId)
}
