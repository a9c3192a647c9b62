import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Groups } from "../math/Groups.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { MinHash } from "../math/MinHash.ts"
import { plainText } from "../math/plainText.ts"
import { TypedList } from "../math/TypedList.ts"
import { reject } from "../Rejects.ts"
import { reshape, type Stage, whole } from "../Stage.ts"
import { perRun } from "./perRun.ts"

/** Which rows count as copies. */
export interface DedupeOptions<By extends string> {
  /** The columns of text that make rows copies where all of them are the same. Default: `prompt`. */
  readonly by?: By | ReadonlyArray<By>
  /** Texts are copies from this estimated Jaccard similarity of their word sequences too, in (0, 1]. Default: only equal ones are. */
  readonly nearDuplicates?: number
}

/**
 * Lets the first row of each text through; the others become rejects that name it.
 *
 * `dedupe()` behind the source leaves no prompt to be paid twice; `dedupe({ by: ["prompt", "chosen", "rejected"] })` leaves equal pairs
 * out. Texts are the same that differ in white space, case or the composition of accents alone. Rows stay in order, and that order
 * decides which copy stays. Rows leave as they come, and 128 bits and an id are kept of each text.
 *
 * With `nearDuplicates`, texts that share most of their word sequences are copies (MinHash; chains count as one; see `split`, also for short texts): all rows are
 * needed before the first can leave, and some 550 bytes are kept of each different text. Throws a RangeError on a similarity out of range.
 *
 * Source: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900 (near duplicates)
 */
export const dedupe = <const By extends string = "prompt">(
  options: DedupeOptions<By> = {}
): Stage<{ readonly [K in By]: string }, {}, true> => {
  const { nearDuplicates = null } = options
  if (nearDuplicates !== null && !(nearDuplicates > 0 && nearDuplicates <= 1)) {
    throw new RangeError(`Cannot dedupe: found nearDuplicates ${nearDuplicates}, expected above 0 and at most 1`)
  }
  const by: ReadonlyArray<string> = [options.by ?? "prompt"].flat()
  const needs: Schema.Struct.Fields = Object.fromEntries(by.map((column) => [column, Schema.String]))
  const textOf = (row: object) =>
    by.map((column) => plainText((row as Readonly<Record<string, string>>)[column]!)).join("\n")
  const outline = { name: "dedupe", needs, gives: {}, keeps: true, config: { by, nearDuplicates } } as const
  if (nearDuplicates === null) {
    const seenIn = perRun(() => ({ texts: new HashIndex(), ids: new Array<string>() }))
    return reshape({
      ...outline,
      row: (row, context) => {
        const { ids, texts } = seenIn(context)
        const text = texts.add(textOf(row))
        if (text < ids.length) return [reject("copy", `the same text as "${ids[text]!}"`)]
        ids.push(context.rowId(row))
        return [{}]
      }
    })
  }
  return whole({
    ...outline,
    begin: (context) => {
      const texts = new MinHash()
      const ids: Array<string> = []
      const textAt = new TypedList(Int32Array)
      const isFirst = new TypedList(Uint8Array)
      return {
        see: (row: object) => {
          const text = texts.add(textOf(row))
          isFirst.push(Number(text === ids.length))
          if (text === ids.length) ids.push(context.rowId(row))
          textAt.push(text)
        },
        settle: Effect.sync(() => {
          const groups = new Groups()
          texts.alike(nearDuplicates, (a, b) => groups.of(a) === groups.of(b), groups.join.bind(groups))
          return (_row: object, index: number) => {
            const text = textAt.values[index]!
            const first = groups.of(text)
            if (isFirst.values[index] === 1 && first === text) return [{}]
            return [
              reject("copy", `${first === text ? "the same text as" : "a text alike to that of"} "${ids[first]!}"`)
            ]
          }
        })
      }
    }
  })
}
