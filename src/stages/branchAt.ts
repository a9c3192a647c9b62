import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Span, Spans } from "../../schemas/Span.ts"
import { TokenEntropies } from "../../schemas/TokenEntropy.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { each } from "../Stage.ts"
import { forEachCall } from "./askForRow.ts"
import { checkContinue, continueFrom, type ContinueOptions } from "./Continuing.ts"
import { subjectsOf } from "./subjectsOf.ts"

/** Where chains branch, and how often. */
export interface BranchAtOptions extends ContinueOptions {
  /** Places of each chain. Default 3. */
  readonly top?: number
  /** Branches at each place. Default 3. */
  readonly n?: number
  /** Spans that can be branched in, for instance the text behind a tool's result. Default: all. */
  readonly where?: (span: Span) => boolean
  /** The feature of a span that is highest where chains branch. Default "peakEntropyNats". */
  readonly by?: string
  /** Tokens asked for at each place of a branch, 0 to 20, for its own entropies. Default 20. */
  readonly alternatives?: number
}

/**
 * Adds branches: each chain is continued anew from the places where the model was least decided.
 *
 * A chain is a candidate without a parent. Of its spans the `top` ones by their feature are taken, the earlier one among equals, and
 * from the place where the peak lies (`peakEnd`; the start of the span where it has none) `n` branches are drawn. A place at the very end is
 * none. Branches have the operation "branch" and their entropies join the column, those before the place taken from the chain.
 * A group without a place is noted in the rejects. Needs "prefix" and "topLogProbs". Costs at most `top` × `n` calls a chain.
 *
 * Source: the entropy-guided sampler of Tool-Light, which takes 3 places and 3 branches at tool-call steps;
 * https://arxiv.org/abs/2509.23285. That the opening of highest entropy stays in the prefix is our reading.
 */
export const branchAt = (options: BranchAtOptions = {}) => {
  const { alternatives = 20, by = "peakEntropyNats", n = 3, top = 3, where = () => true } = options
  checkContinue("branch", { n })
  if (!Number.isInteger(top) || top < 1) {
    throw new RangeError(`Cannot branch: found top ${top}, expected a positive integer`)
  }
  return each({
    name: "branchAt",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Spans, ...TokenEntropies },
    gives: { ...Candidates, ...TokenEntropies },
    config: { ...options, alternatives, by, n, top, where: String(where) },
    callsPerRow: `${top} × ${n} × chains`,
    capabilities: ["prefix", "topLogProbs"],
    row: (row, context) => {
      const { candidates, tokenEntropies } = row
      const places = subjectsOf(row, context, "branch")
        .filter(({ candidate }) => candidate.parentId === null)
        .flatMap(({ candidate: parent, spans }) =>
          spans
            .flatMap((span) => {
              const value = featureOf(span, by)
              const at = featureOf(span, "peakEnd") ?? span.start
              return value === undefined || !where(span) || at >= parent.text.length ? [] : [{ parent, value, at }]
            })
            .toSorted((a, b) => b.value - a.value)
            .slice(0, top)
        )
      if (places.length === 0) {
        return Effect.succeed(noting({ candidates, tokenEntropies }, [reject("branch: no place", `by "${by}"`)]))
      }
      const one = ({ at, parent }: (typeof places)[number]) =>
        continueFrom(
          {
            row,
            parent,
            point: { at },
            operation: "branch",
            context,
            topLogProbs: alternatives,
            known: tokenEntropies.find(({ candidateId }) => candidateId === parent.id)
          },
          { ...options, n }
        )
      return Effect.map(forEachCall(places, one), (made) => {
        const results = made.flat()
        const branches = results.flatMap((result) => (result instanceof Rejection ? [] : [result.given]))
        const notes = results.flatMap((result) => (result instanceof Rejection ? [result] : result.notes))
        return noting(
          {
            candidates: [...candidates, ...branches.map(({ candidate }) => candidate)],
            tokenEntropies: [...tokenEntropies, ...branches.flatMap(({ entropy }) => entropy ?? [])]
          },
          notes
        )
      })
    }
  })
}

const featureOf = (span: Span, name: string): number | undefined =>
  span.features.find((feature) => feature.name === name)?.value
