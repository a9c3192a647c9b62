/**
 * What must not compile, and what must: checked by `tsc --noEmit` alone, never run.
 *
 * Each `@ts-expect-error` is an error itself when the line below it compiles.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  bestWorst,
  clean,
  dataset,
  each,
  enrich,
  filter,
  generate,
  inject,
  into,
  jsonl,
  judge,
  memory,
  pair,
  pairOfPairs,
  type Pipeline,
  type Plan,
  Prompt,
  reshape,
  Run,
  type RowOf,
  simulated,
  split,
  toMemory,
  using,
  whole
} from "prefloom"

const prompts = jsonl("prompts.jsonl", Prompt)
const candidates = prompts.pipe(generate({ n: 2 }))
const judged = candidates.pipe(judge.compare({ annotators: ["ada"] }))
const pairs = judged.pipe(pair({ rules: [bestWorst()] }))
const numbers = memory([{ id: "a", n: 1 }], { id: Schema.String, n: Schema.Int })

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type RowOfPipeline<P> = P extends Pipeline.Pipeline<infer Row, infer _E, infer _R> ? Row : never
const same = <A, B>(_equal: Equal<A, B>) => {}

export const ordersThatDoNotFit = () => [
  // @ts-expect-error judgments are missing
  candidates.pipe(clean({ evidence: [] })),
  // @ts-expect-error judgments are missing
  candidates.pipe(pair({ rules: [bestWorst()] })),
  // @ts-expect-error candidates are missing
  prompts.pipe(judge.rate({ annotators: ["scorer"] })),
  // @ts-expect-error candidates are missing
  prompts.pipe(inject()),
  // @ts-expect-error a pair has no candidates any more
  pairs.pipe(judge.compare({ annotators: ["ada"] })),
  // @ts-expect-error pairs are missing
  judged.pipe(pairOfPairs()),
  // @ts-expect-error a prompt has no promptId
  prompts.pipe(split({ test: 0.1 })),
  // @ts-expect-error a prompt has no margin
  prompts.pipe(filter({ needs: { margin: Schema.Finite }, reason: "small margin", keep: () => true })),
  // @ts-expect-error the same inside a longer pipe
  prompts.pipe(generate({ n: 2 }), clean({ evidence: [] }), judge.compare({ annotators: ["ada"] }))
]

export const columnsThatDoNotFit = () => {
  const needing = <F extends Schema.Struct.Fields>(needs: F) =>
    reshape({ name: "needing", needs, gives: {}, keeps: true, row: () => [{}] })
  return [
    // @ts-expect-error n is a number
    numbers.pipe(needing({ n: Schema.String })),
    // @ts-expect-error any number of strings is not one of two
    numbers.pipe(needing({ id: Schema.Literals(["a", "b"]) })),
    // @ts-expect-error a margin may be null
    pairs.pipe(needing({ margin: Schema.Finite })),
    pairs.pipe(needing({ margin: Schema.NullOr(Schema.Finite), rule: Schema.String })),
    pairs.pipe(
      filter({ needs: { margin: Schema.NullOr(Schema.Finite) }, reason: "tie", keep: (row) => row.margin !== 0 })
    )
  ]
}

export const stagesThatBreakTheirWord = () => [
  enrich({
    name: "missing",
    needs: { n: Schema.Int },
    gives: { a: Schema.Int, b: Schema.Int },
    // @ts-expect-error b is declared and not given
    rows: (rows) => rows.map(({ n }) => ({ a: n }))
  }),
  enrich({
    name: "wrong",
    needs: { n: Schema.Int },
    gives: { a: Schema.Literals(["x", "y"]) },
    // @ts-expect-error "z" is not a value of a
    rows: (rows) => rows.map(() => ({ a: "z" as const }))
  }),
  enrich({
    name: "undeclared",
    needs: { n: Schema.Int },
    gives: { a: Schema.String },
    // @ts-expect-error text is not declared
    rows: (rows) => rows.map((row) => ({ a: row.text }))
  }),
  enrich({
    name: "unsure",
    needs: { n: Schema.Int },
    uses: { text: Schema.String },
    gives: { a: Schema.String },
    // @ts-expect-error text may be absent
    rows: (rows) => rows.map((row) => ({ a: row.text }))
  }),
  enrich({
    name: "edited",
    needs: { n: Schema.Int },
    gives: { a: Schema.Int },
    rows: (rows) =>
      rows.map((row) => {
        // @ts-expect-error rows are read-only
        row.n = 2
        return { a: 1 }
      })
  }),
  each({
    name: "wrong",
    needs: { n: Schema.Int },
    gives: { a: Schema.Int },
    // @ts-expect-error a is a number
    row: () => Effect.succeed({ a: "1" })
  }),
  reshape({
    name: "wrong",
    needs: { n: Schema.Int },
    gives: { a: Schema.Int },
    keeps: true,
    // @ts-expect-error a is missing
    row: ({ n }) => [{ b: n }]
  }),
  whole({
    name: "wrong",
    needs: { n: Schema.Int },
    gives: { a: Schema.Int },
    keeps: true,
    begin: () => ({
      see: () => {},
      // @ts-expect-error a is missing
      settle: Effect.succeed(() => [{ b: 1 }])
    })
  })
]

export const rowsThatStagesMake = () => {
  const replaced = enrich({
    name: "replaced",
    needs: { n: Schema.Int },
    gives: { n: Schema.String, m: Schema.NullOr(Schema.Int) },
    rows: (rows) => rows.map(({ n }) => ({ n: `${n}`, m: null }))
  })
  const cut = reshape({
    name: "cut",
    needs: { n: Schema.Int },
    gives: { m: Schema.Boolean },
    keeps: false,
    row: ({ n }) => [{ m: n > 1 }]
  })
  const kept = numbers.pipe(replaced)
  const dropped = numbers.pipe(cut)
  same<RowOfPipeline<typeof kept>, { readonly id: string; readonly n: string; readonly m: number | null }>(true)
  same<RowOfPipeline<typeof dropped>, { readonly m: boolean }>(true)
  same<RowOfPipeline<typeof numbers>, RowOf<{ id: typeof Schema.String; n: typeof Schema.Int }>>(true)
}

export const plansThatCannotRun = (): ReadonlyArray<Plan<Run>> => {
  const written = judged.pipe(pair({ rules: [bestWorst()] }), into(dataset()))
  return [
    // @ts-expect-error no provider answers the calls
    written,
    written.pipe(using(simulated())),
    numbers.pipe(into(toMemory()))
  ]
}
