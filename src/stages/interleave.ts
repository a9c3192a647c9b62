import { evenSequence } from "../math/evenSequence.ts"
import { TypedList } from "../math/TypedList.ts"
import { reject } from "../Rejects.ts"
import type { Stage } from "../Stage.ts"
import { type ClassColumn, classColumn } from "./classColumn.ts"
import { reorder } from "./reorder.ts"

/** What is mixed, and how. */
export interface InterleaveOptions<By extends string> {
  /** The column that names the class or source of a row. */
  readonly by: By
  /** What each class counts for, positive numbers in any unit: `{ web: 3, expert: 1 }`. */
  readonly ratio: Readonly<Record<string, number>>
}

/**
 * Lets rows of several classes or sources leave in turn, so that every beginning of the data has the given ratio.
 *
 * `interleave({ by: "source", ratio: { web: 3, expert: 1 } })`: of the first k rows each class has its share of k but for less than one
 * row (`evenSequence`). Within a class rows stay in the order in which they came, so put `order` in front. The mix
 * ends where the class whose turn it is has no row left; rows beyond it, and rows of classes without a share, become rejects, and the
 * finding says which class ran out. Classes are named as JavaScript writes the values of the column: "math", "true", "null".
 *
 * No randomness. Needs all rows before the first can leave; 9 bytes a row between the passes. Throws a RangeError on shares that are not
 * positive.
 */
export const interleave = <const By extends string>(
  options: InterleaveOptions<By>
): Stage<ClassColumn<By>, {}, true> => {
  const { by, ratio } = options
  const names = Object.keys(ratio)
  // Refuses shares that are none now, not when all rows have come.
  evenSequence(Object.values(ratio)).next()
  return reorder<ClassColumn<By>, {}>({
    name: "interleave",
    needs: (columns) => classColumn("interleave", columns, by).needs,
    gives: {},
    config: { by, ratio },
    begin: (context, columns) => {
      const { classOf } = classColumn("interleave", columns, by)
      const rowsOf = names.map(() => new TypedList(Int32Array))
      const isMixed = new TypedList(Uint8Array)
      return {
        see: (row) => {
          const index = names.indexOf(classOf(row))
          if (index >= 0) rowsOf[index]!.push(isMixed.length)
          isMixed.push(index >= 0 ? 1 : 0)
        },
        settle: () => {
          const order = new TypedList(Int32Array)
          const taken = names.map(() => 0)
          for (const next of evenSequence(Object.values(ratio))) {
            if (taken[next] === rowsOf[next]!.length) {
              const left = names.filter((_, i) => taken[i]! < rowsOf[i]!.length).map((name) => `"${name}"`)
              context.publish({
                kind: "taken",
                asked: isMixed.length,
                given: order.length,
                warnings:
                  left.length === 0
                    ? []
                    : [
                        {
                          code: "tooFewRows",
                          message: `The mix ends after ${order.length} of ${isMixed.length} rows because "${names[next]}" has no more than ${taken[next]}; what is left of ${left.join(", ")} is in the rejects. Give it more rows of "${names[next]}", or a smaller share`
                        }
                      ]
              })
              break
            }
            order.push(rowsOf[next]!.values[taken[next]!++]!)
          }
          const isIn = new Uint8Array(isMixed.length)
          for (const index of order.values) isIn[index] = 1
          return {
            order: order.values,
            given: () => ({}),
            rejection: (index) => {
              if (isIn[index] === 1) return undefined
              return isMixed.values[index] === 1
                ? reject("beyond the ratio", `the mix by "${by}" ended before the turn of this row`)
                : reject("class without a share", `the mix by "${by}" names ${names.join(", ")}`)
            }
          }
        }
      }
    }
  })
}
