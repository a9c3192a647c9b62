import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { outOfFoldGaps } from "../cleaners/outOfFoldGaps.ts"
import { cosineSimilarity } from "../math/cosineSimilarity.ts"
import { type SparseRows, SparseRowsBuilder } from "../math/SparseRows.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import { each, whole } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { pairTexts } from "./score.ts"

/** What is embedded, and by which model. */
export interface EmbedOptions {
  /** Default: the provider's own model. */
  readonly model?: string
  /** Numbers of a vector, where the model can be asked for fewer than it has. Default: all. */
  readonly dimensions?: number
  /** What is embedded of a response. Default: the prompt, an empty line and the response, as a reward model reads them. */
  readonly template?: (row: { readonly prompt: string; readonly response: string }) => string
}

/** How the score on embeddings is learnt. */
export interface EmbedGapsOptions {
  /** Parts the prompts are cut into, at least 2. Default 5. */
  readonly nFolds?: number
}

const vector = Schema.NullOr(Schema.Array(Schema.Finite))
const vectors = { chosenEmbedding: vector, rejectedEmbedding: vector }
const sides = ["chosen", "rejected"] as const

const pairs = (options: EmbedOptions = {}) => {
  const { dimensions, model = null } = options
  const template = options.template ?? (({ prompt, response }) => `${prompt}\n\n${response}`)
  if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions >= 1)) {
    throw new RangeError(`Cannot embed: found dimensions ${dimensions}, expected a positive integer`)
  }
  return each({
    name: "embed.pairs",
    needs: pairTexts,
    gives: vectors,
    config: { ...options, ...(options.template === undefined ? {} : { template: String(options.template) }) },
    callsPerRow: 2,
    capabilities: ["embed"],
    row: (row) => {
      const one = Effect.fnUntraced(function* (side: (typeof sides)[number]) {
        if (row[side].trim() === "") return reject("no text", "the response is empty")
        const { embed: ask } = yield* LanguageModel
        const text = template({ prompt: row.prompt, response: row[side] })
        return (yield* ask({ text, model, dimensions })).vector
      })
      return Effect.map(
        forEachCall(sides, (side) => askForRow(one(side))),
        (made) => {
          const [chosenEmbedding, rejectedEmbedding] = made.map((answer) =>
            answer instanceof Rejection ? null : answer
          )
          return noting(
            { chosenEmbedding: chosenEmbedding!, rejectedEmbedding: rejectedEmbedding! },
            made.flatMap((answer, i) =>
              answer instanceof Rejection
                ? [reject(`embedding: ${answer.reason}`, `${sides[i]}: ${answer.detail}`)]
                : []
            )
          )
        }
      )
    }
  })
}

const cosines = () =>
  each({
    name: "embed.cosines",
    needs: vectors,
    gives: { embeddingCosine: Schema.NullOr(Schema.Finite) },
    row: ({ chosenEmbedding: chosen, rejectedEmbedding: rejected }) => {
      if (chosen === null || rejected === null) return Effect.succeed({ embeddingCosine: null })
      if (chosen.length !== rejected.length) {
        const found = `found one of ${chosen.length} numbers and one of ${rejected.length}, expected as many`
        const note = reject("embedding: lengths differ", `${found}; have both made by one model`)
        return Effect.succeed(noting({ embeddingCosine: null }, [note]))
      }
      const cosine = cosineSimilarity(chosen, rejected)
      return Effect.succeed({ embeddingCosine: Number.isNaN(cosine) ? null : cosine })
    }
  })

const gaps = (options: EmbedGapsOptions = {}) => {
  const { nFolds = 5 } = options
  const none = { nColumns: 0, starts: new Float64Array(1), columns: new Int32Array(), values: new Float32Array() }
  // Refuses a number of folds out of range now, not after every embedding is paid.
  outOfFoldGaps({ differences: none, promptId: [] }, { nFolds })
  return whole({
    name: "embed.gaps",
    needs: { prompt: Schema.String, ...vectors },
    gives: { embeddingGap: Schema.NullOr(Schema.Finite) },
    keeps: true,
    config: { nFolds },
    begin: ({ rowId }) => {
      let misfit: RangeError | null = null
      let builder: SparseRowsBuilder | undefined
      let nDimensions = 0
      const promptId: Array<string> = []
      /** Where a row's difference is, from 0; -1 where it has none. */
      const at: Array<number> = []
      return {
        see: (row, index) => {
          const { chosenEmbedding, prompt, rejectedEmbedding } = row
          if (misfit !== null) return
          if (chosenEmbedding === null || rejectedEmbedding === null) {
            at.push(-1)
            return
          }
          if (builder === undefined) {
            nDimensions = chosenEmbedding.length
            builder = new SparseRowsBuilder(nDimensions)
          }
          const odd = [chosenEmbedding, rejectedEmbedding].find(({ length }) => length !== nDimensions)
          if (odd !== undefined) {
            misfit = new RangeError(
              `Cannot learn from embeddings: found one of ${odd.length} numbers in row ${index}, "${rowId(row)}", expected ${nDimensions} as in the rows before; have all made by one model, or leave such rows out with filter(…)`
            )
            return
          }
          for (let k = 0; k < nDimensions; k++) {
            const difference = chosenEmbedding[k]! - rejectedEmbedding[k]!
            if (difference !== 0) builder.push(k, difference)
          }
          builder.endRow()
          at.push(promptId.length)
          promptId.push(contentId(prompt))
        },
        settle: Effect.suspend(() => {
          if (misfit !== null) return Effect.fail(misfit)
          const differences = builder === undefined ? none : evenlyScaled(builder.rows())
          const { gap } = outOfFoldGaps({ differences, promptId }, { nFolds })
          return Effect.succeed((_row: unknown, index: number) => {
            const value = at[index] === -1 ? Number.NaN : gap[at[index]!]!
            return [{ embeddingGap: Number.isNaN(value) ? null : value }]
          })
        })
      }
    }
  })
}

/** Scales every column to the same root mean square, and all so that a row has length 1 on average, which the fit's steps suit. */
const evenlyScaled = (rows: SparseRows): SparseRows => {
  const { columns, nColumns, starts, values } = rows
  const squares = new Float64Array(nColumns)
  for (let k = 0; k < columns.length; k++) squares[columns[k]!]! += values[k]! ** 2
  const nRows = starts.length - 1
  const factor = squares.map((sum) => (sum === 0 ? 0 : Math.sqrt(nRows / (sum * nColumns))))
  return { ...rows, values: values.map((value, k) => value * factor[columns[k]!]!) }
}

/**
 * Has a model turn the responses of pairs into vectors, and learns from these how good each label looks.
 *
 * - `embed.pairs`: the vectors as `chosenEmbedding` and `rejectedEmbedding`, as the server scales them. Two calls a row. Needs a
 *   provider with "embed", which is checked before the first row. A response without text is not embedded.
 * - `embed.cosines`: `embeddingCosine`, how close the two vectors are, from -1 to 1; near 1 where both responses mean the same. Asks nothing.
 * - `embed.gaps`: `embeddingGap`, the score of the chosen less that of the rejected response in logits of labels as recorded, by
 *   a linear model on the vectors that never saw a label about the prompt (`outOfFoldGaps`; prompts are told apart by their texts). It asks
 *   nothing and reads those two columns, so the vectors may also come from a file. Evidence for `flag`, as a gap of "rwGap": a low
 *   one is a suspect label. It is timid where pairs are few, and no probability before it is calibrated.
 *
 * What could not be had is null, with a note in the rejects, and leads to a null gap; so does a single prompt. A flipped pair takes its
 * vectors along; `embeddingGap` changes its sign, which `treat` has to be told. On pairs alone: a vector is no opinion, so there
 * are no judgments of it. `embed.gaps` is deterministic and keeps 8 bytes a number of one vector for each pair, up to three times that
 * for a moment.
 *
 * The vectors of one model are of one length: that of the first one which the run got or found in the journal. An answer of another
 * length is tried again, elsewhere where there are several servers, and else it is null, with a note; `prefloom run --retry-rejects` asks
 * again. In vectors of other origin, two lengths in a pair give a null cosine, with a note, and two lengths in all fail `embed.gaps` with
 * a RangeError.
 *
 * Source: score on embeddings, Bradley and Terry 1952, https://doi.org/10.2307/2334029; cross-fitting as in `outOfFoldGaps`
 */
export const embed = { pairs, cosines, gaps } as const
