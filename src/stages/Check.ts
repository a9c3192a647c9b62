import * as vm from "node:vm"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Candidate } from "../../schemas/Candidate.ts"
import type { JournalError } from "../Journal.ts"
import { answerOverlap } from "../math/answerOverlap.ts"
import { guessLanguage } from "../math/guessLanguage.ts"
import { readChoice } from "../math/readChoice.ts"
import { readNumber } from "../math/readNumber.ts"
import { countWords } from "../math/countWords.ts"
import { Rejection } from "../Rejects.ts"
import { sandbox, type SandboxLimits, type SandboxUnavailable } from "../sandbox.ts"
import { contentId } from "../Seed.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Message } from "../services/Provider.ts"
import { structuredAnswer } from "../services/structuredAnswer.ts"
import { askForRow } from "./askForRow.ts"

/** What a check looks at. */
export interface Subject {
  readonly id: string
  readonly prompt: string
  /** The prompt's checkable answer, null where there is none. */
  readonly reference: string | null
  readonly candidate: Pick<Candidate, "id" | "text" | "kind" | "model">
}

/** What a check says: whether it holds, to which degree (0 to 1), and why not, in words. */
export interface Finding {
  readonly outcome: "pass" | "fail" | "malformed"
  readonly value: number
  readonly reason: string | null
}

/** What a check says, or why it can say nothing. */
export type Said = Finding | Rejection

/** A fact about a candidate that can be checked. Give `run` a pure function, or an effect that asks the world. */
export interface Check<out E = never, out R = never> {
  readonly name: string
  /** What decides the outcome, as JSON. */
  readonly config: unknown
  readonly callsPerCandidate?: number
  readonly capabilities?: ReadonlyArray<string>
  readonly run: (subject: Subject, seed: number) => Said | Effect.Effect<Said, E, R>
}

const passed: Finding = { outcome: "pass", value: 1, reason: null }
const failed = (reason: string, value = 0): Finding => ({ outcome: "fail", value, reason })
const malformed = (reason: string): Finding => ({ outcome: "malformed", value: 0, reason })
const noReference = new Rejection("no reference", "the prompt has no answer to compare with")

/** A check by a function of one's own: `rule("polite", ({ candidate }) => !candidate.text.includes("!"))`. */
export const rule = (name: string, holds: (subject: Subject) => boolean): Check => ({
  name,
  config: { holds: String(holds) },
  run: (subject) => (holds(subject) ? passed : failed(`${name} does not hold`))
})

/**
 * The last number of the text is that of the reference, to a relative tolerance (default 1e-6); see `readNumber`.
 *
 * A text without a number is malformed; a reference without one says nothing.
 */
export const number = ({ tolerance = 1e-6 }: { readonly tolerance?: number } = {}): Check => ({
  name: "number",
  config: { tolerance },
  run: ({ candidate, reference }) => {
    const wanted = reference === null ? null : readNumber(reference)
    if (wanted === null) return noReference
    const found = readNumber(candidate.text)
    if (found === null) return malformed(`found no number, expected ${wanted}`)
    return Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(wanted))
      ? passed
      : failed(`found ${found}, expected ${wanted}`)
  }
})

/**
 * The text answers as the reference does, normalised: `exact` (default) both are equal, `contained` the text has the words of the reference,
 * `f1` they share words; see `answerOverlap`. Passes from `atLeast` (default 1) on; the value is the measure.
 *
 * `read` takes the answer out of a longer text; where it gives null the text is malformed.
 */
export const answer = ({
  atLeast = 1,
  by = "exact",
  read
}: {
  readonly by?: "exact" | "contained" | "f1"
  readonly atLeast?: number
  readonly read?: (text: string) => string | null
} = {}): Check => ({
  name: `answer ${by}`,
  config: { by, atLeast, ...(read === undefined ? {} : { read: String(read) }) },
  run: ({ candidate, reference }) => {
    if (reference === null) return noReference
    const given = read === undefined ? candidate.text : read(candidate.text)
    if (given === null) return malformed("found no answer in the text")
    const value = answerOverlap(given, reference)[by]
    return value >= atLeast
      ? { ...passed, value }
      : failed(`${by} is ${value.toFixed(2)}, expected ${atLeast} or more`, value)
  }
})

/** The text chooses the letter of the reference; see `readChoice`. A text that chooses none is malformed. */
export const choice = ({ letters = "ABCDE" }: { readonly letters?: string } = {}): Check => ({
  name: "choice",
  config: { letters },
  run: ({ candidate, reference }) => {
    const wanted = reference === null ? null : readChoice(reference, letters)
    if (wanted === null) return noReference
    const found = readChoice(candidate.text, letters)
    if (found === null) return malformed(`found no choice of ${letters}, expected ${wanted}`)
    return found === wanted ? passed : failed(`found ${found}, expected ${wanted}`)
  }
})

/** The text holds JSON of a schema, read as structured answers are; all else is malformed. */
export const schema = <A>(name: string, wanted: Schema.Codec<A>): Check => {
  const read = structuredAnswer(wanted)
  return {
    name,
    config: { schema: String(wanted.ast) },
    run: ({ candidate }) => {
      const reading = read(candidate.text)
      return reading.ok ? passed : malformed(reading.problem)
    }
  }
}

/** The text has a number of characters (code units) or words within limits, both included. */
export const length = ({
  max = Number.POSITIVE_INFINITY,
  min = 0,
  unit = "characters"
}: {
  readonly min?: number
  readonly max?: number
  readonly unit?: "characters" | "words"
}): Check => ({
  name: "length",
  config: { min, max: Number.isFinite(max) ? max : null, unit },
  run: ({ candidate: { text } }) => {
    const n = unit === "characters" ? text.length : countWords(text)
    return n >= min && n <= max ? passed : failed(`found ${n} ${unit}, expected ${min} to ${max}`)
  }
})

/** The text is in a language, an ISO 639-1 code, or in that of the prompt; where it cannot be told nothing is said. See `guessLanguage`. */
export const language = (wanted: string = "prompt"): Check => ({
  name: "language",
  config: { wanted },
  run: ({ candidate, prompt }) => {
    const expected = wanted === "prompt" ? guessLanguage(prompt) : wanted
    const found = guessLanguage(candidate.text)
    if (expected === null || found === null) return new Rejection("language unknown", candidate.id)
    return found === expected ? passed : failed(`found ${found}, expected ${expected}`)
  }
})

/**
 * The JavaScript in the text passes tests, run behind it in a sandbox of its own: `code({ tests: ({ reference }) => reference ?? "" })`.
 *
 * Taken is what stands in code fences that name JavaScript or nothing, or the whole text without fences. It passes when the program, tests
 * included, comes to its end without an error; code that does not parse is malformed. Of a text whose fences all name other languages
 * nothing is said: right Python is not wrong. Where the system cannot isolate it, nothing runs and the run fails with
 * the reason; see `sandbox`. A test that draws lots or reads the clock makes the outcome differ from run to run.
 */
export const code = ({
  limits = {},
  tests
}: {
  readonly tests: (subject: Subject) => string
  readonly limits?: SandboxLimits
}): Check<SandboxUnavailable> => ({
  name: "code",
  config: { tests: String(tests), limits },
  run: (subject) => {
    const program = codeOf(subject.candidate.text)
    if (program instanceof Rejection) return program
    const problem = syntaxProblem(program)
    if (problem !== null) return malformed(problem)
    // Written at the very end, so that a program that leaves early has not passed.
    const mark = contentId("end of tests", subject.id, subject.candidate.text)
    const end = `;process.stdout.write(${JSON.stringify(mark)});`
    return Effect.map(sandbox(`${program}\n;${tests(subject)}\n${end}`, limits), (result): Finding => {
      if (result.ended !== "exit") return failed(`killed because of ${result.ended}`)
      if (result.code === 0 && result.stdout.endsWith(mark)) return passed
      const error = /^\w*(?:Error|AssertionError)\b.*$/m.exec(result.stderr)?.[0]
      return failed(error ?? `ended early with code ${result.code}`)
    })
  }
})

const codeOf = (text: string): string | Rejection => {
  const blocks = [...text.matchAll(/```([^\n]*)\n([^]*?)```/g)].map(([, info, block]) => ({
    tag: /^\w*/.exec(info!.trim())![0].toLowerCase(),
    block: block!
  }))
  if (blocks.length === 0) return text
  const ours = blocks.filter(({ tag }) => ["", "js", "javascript", "mjs", "cjs", "node"].includes(tag))
  if (ours.length > 0) return ours.map(({ block }) => block).join("\n")
  return new Rejection("code in another language", `found ${blocks.map(({ tag }) => tag).join(", ")}`)
}

/** Parses and runs nothing. */
const syntaxProblem = (program: string): string | null => {
  try {
    return new vm.Script(program) instanceof vm.Script ? null : "no script"
  } catch (error) {
    return String(error)
  }
}

/**
 * The share of `n` continuations of a text that pass another check: the value of a prefix. Passes from `atLeast` (default 0.5) on.
 *
 * The model goes on from the text (needs `prefix`), and what is checked is the text with what follows. With `ask` the text is put into a
 * request of its own instead, and its answers alone are checked: a thought is good when what it leads to is good. Malformed
 * continuations count as failed. Costs `n` calls a candidate.
 */
export const downstream = <E, R>({
  ask,
  atLeast = 0.5,
  check,
  maxTokens = 1024,
  model,
  n,
  temperature = 1
}: {
  readonly n: number
  readonly check: Check<E, R>
  readonly ask?: (subject: Subject) => string
  readonly atLeast?: number
  readonly model?: string
  /** Default 1, so that repeated samples differ. */
  readonly temperature?: number
  /** Default 1,024. */
  readonly maxTokens?: number
}): Check<E | LanguageModelError | JournalError, R | LanguageModel> => {
  if (!Number.isInteger(n) || n < 1) {
    throw new Error(`Cannot check downstream: found n ${n}, expected a positive integer`)
  }
  return {
    name: `downstream ${check.name}`,
    config: {
      n,
      check: { name: check.name, config: check.config },
      atLeast,
      model: model ?? null,
      temperature,
      maxTokens,
      ask: ask === undefined ? null : String(ask)
    },
    callsPerCandidate: n,
    ...(ask === undefined ? { capabilities: ["prefix", ...(check.capabilities ?? [])] } : {}),
    run: (subject, seed) => {
      const { text } = subject.candidate
      const messages: ReadonlyArray<Message> = [{ role: "user", content: ask?.(subject) ?? subject.prompt }]
      const sample = Effect.gen(function* () {
        const service = yield* LanguageModel
        return yield* service.samples(
          {
            task: { kind: "generate", prompt: messages[0]!.content, persona: null },
            messages,
            model: model ?? null,
            sampleIndex: 0,
            temperature,
            maxTokens,
            seed,
            ...(ask === undefined ? { prefix: text } : {})
          },
          n
        )
      })
      return Effect.flatMap(askForRow(sample), (answers): Effect.Effect<Said, E, R> => {
        if (answers instanceof Rejection) return Effect.succeed(answers)
        const checked = Effect.forEach(answers, (given) => {
          const continued = ask === undefined ? text + given.text : given.text
          return saying(check, { ...subject, candidate: { ...subject.candidate, text: continued } }, seed)
        })
        return Effect.map(checked, (all): Said => {
          const silent = all.find((said) => said instanceof Rejection)
          if (silent !== undefined) return silent
          const nPassed = all.filter((said) => !(said instanceof Rejection) && said.outcome === "pass").length
          const value = nPassed / n
          return value >= atLeast
            ? { ...passed, value }
            : failed(`${nPassed} of ${n} continuations pass, expected a share of ${atLeast}`, value)
        })
      })
    }
  }
}

/** Runs a check, whether it is a function or an effect. */
export const saying = <E, R>(check: Check<E, R>, subject: Subject, seed: number): Effect.Effect<Said, E, R> => {
  const said = check.run(subject, seed)
  return Effect.isEffect(said) ? said : Effect.succeed(said)
}
