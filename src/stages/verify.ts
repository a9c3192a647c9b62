import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { each } from "../Stage.ts"
import { hasJudged } from "./Annotator.ts"
import { forEachCall } from "./askForRow.ts"
import type { Check, Said } from "./Check.ts"

/** What is checked, on which candidates, and what becomes of malformed ones. */
export interface VerifyOptions<E, R> {
  readonly checks: ReadonlyArray<Check<E, R>>
  /** Candidates of these kinds alone; default all. */
  readonly kinds?: ReadonlyArray<string>
  /** The axis of the judgments. Default: the name of the check. */
  readonly axis?: string
  /**
   * What becomes of a candidate that a check cannot read: it leaves its group (`"drop"`, default), the whole group leaves
   * (`"quarantine"`), both with the reason in the rejects; or it stays with a score of 0, so that it ends on the rejected side of a pair
   * (`"rejected"`).
   */
  readonly malformed?: "drop" | "quarantine" | "rejected"
}

/**
 * Checks facts about candidates and appends what it finds as ratings by the annotator `verify:<check>`, from 0 (fails) to 1 (passes).
 *
 * A check that fails says why in `critique`. One that can say nothing, for instance because the prompt has no reference, appends
 * nothing and is noted in the rejects. What a check has said of a candidate on this axis already is not asked again. Several checks stay
 * several judgments: `aggregate({ by: "min" })` is their conjunction. Deterministic, but for checks that run code or ask a
 * model; those that ask cost as many calls as they say for each candidate.
 */
export const verify = <E = never, R = never>(options: VerifyOptions<E, R>) => {
  const { checks, kinds, malformed = "drop" } = options
  if (checks.length === 0) throw new Error("Cannot verify: found no check, expected one or more")
  const names = checks.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`Cannot verify: found the check "${twice}" twice, expected different names`)
  const nCalls = checks.reduce((sum, { callsPerCandidate = 0 }) => sum + callsPerCandidate, 0)
  const capabilities = [...new Set(checks.flatMap((check) => check.capabilities ?? []))]
  return each({
    name: "verify",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: { reference: Schema.NullOr(Schema.String), ...Judgments },
    gives: { ...Candidates, ...Judgments },
    config: {
      checks: checks.map(({ config, name }) => ({ name, config })),
      kinds: kinds ?? null,
      axis: options.axis ?? null,
      malformed
    },
    ...(nCalls === 0 ? {} : { callsPerRow: `${nCalls} × candidates` }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    row: (row, context) => {
      const before = row.judgments ?? []
      const asked = row.candidates
        .filter(({ kind }) => kinds?.includes(kind) ?? true)
        .flatMap((candidate) =>
          checks.map((check) => ({ candidate, check, judgment: judgmentOf(check, candidate.id) }))
        )
        .filter(({ judgment }) => !hasJudged(before, judgment))
      const subject = { id: row.id, prompt: row.prompt, reference: row.reference ?? null }
      const run = asked.map(({ candidate, check, judgment }) => ({
        name: check.name,
        judgment,
        said: check.run({ ...subject, candidate }, context.seed)
      }))
      // Most checks are functions, and what they said needs no fiber.
      const checked = run.every(isSaid)
        ? Effect.succeed(run)
        : forEachCall(run, (one) =>
            isSaid(one)
              ? Effect.succeed(one)
              : Effect.map(one.said as Effect.Effect<Said, E, R>, (said) => ({ ...one, said }))
          )
      return Effect.map(checked, (all) => {
        const notes: Array<Rejection> = []
        const judgments: Array<Judgment> = []
        const unreadable = new Set<string>()
        for (const { judgment, name, said } of all) {
          const about = (detail: string | null) => `${judgment.firstId}: ${detail ?? ""}`
          if (said instanceof Rejection) {
            notes.push(reject(`verify ${name}: ${said.reason}`, about(said.detail)))
            continue
          }
          if (said.outcome === "malformed") {
            notes.push(reject(`verify ${name}: malformed`, about(said.reason)))
            unreadable.add(judgment.firstId)
          }
          judgments.push({ ...judgment, score: said.value, critique: said.reason })
        }
        if (unreadable.size > 0 && malformed === "quarantine") {
          const first = notes.find(({ reason }) => reason.endsWith(": malformed"))!
          return reject(first.reason, first.detail)
        }
        const leaves = (id: string) => malformed === "drop" && unreadable.has(id)
        const candidates = row.candidates.filter(({ id }) => !leaves(id))
        if (candidates.length === 0) {
          return reject("no candidate left", notes.map(({ detail }) => detail).join("; "))
        }
        const kept = [...before, ...judgments].filter(
          ({ firstId, secondId }) => !leaves(firstId) && (secondId === null || !leaves(secondId))
        )
        return noting({ candidates, judgments: kept }, notes)
      })
    }
  })

  function judgmentOf({ name }: Check<E, R>, candidate: string): Judgment {
    return {
      annotator: `verify:${name}`,
      annotatorKind: "rule",
      axis: options.axis ?? name,
      firstId: candidate,
      secondId: null,
      score: null,
      verdict: null,
      critique: null,
      plantedCorrect: null
    }
  }
}

const isSaid = <One extends { readonly said: unknown }>(one: One): one is One & { readonly said: Said } =>
  !Effect.isEffect(one.said)
