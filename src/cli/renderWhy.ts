import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"
import { amount, dollars } from "./Amount.ts"
import { costOfCalls } from "./callsBehind.ts"
import { isPairOfPairs, type Why, type WhyComparison, type WhyCost, type WhyPart, type WhySide } from "./RowOrigin.ts"

const width = 160
const mostJudgments = 40
const mostComparisons = 20
const mostPlaces = 10

/** Says in plain text what made a row: run, prompt, sides, opinions, labels, what was left out, calls and cost. */
export const renderWhy = ({ id, missing, parts, places, run, stages }: Why): string => {
  const { pipeline, provider, seed, simulated } = run
  const asked = provider === null ? "no model" : `${provider.models.join(", ")} through ${provider.name}`
  return [
    line("Row", id),
    line("Run", `${pipeline}, seed ${seed}, ${asked}${simulated ? "; every answer is simulated" : ""}`),
    line("Stages", stages.map(({ key }) => key).join(", ")),
    ...samePlaces(places, parts[0]),
    ...parts.flatMap((part) => ["", ...renderPart(part)]),
    ...missing.map((text) => line("Missing", text))
  ].join("\n")
}

const line = (name: string, text: string): string => `${name.padEnd(11)}${plainLine(text, width)}`

/** Where the rows with the same id stand, by the number that `--row` takes. */
const samePlaces = (places: Why["places"], own: WhyPart | undefined): ReadonlyArray<string> => {
  if (places.length < 2) return []
  const shown = places.slice(0, mostPlaces).map(({ file, number }, i) => {
    const isThis = own !== undefined && own.place.file === file && own.place.number === number
    return line("", `--row ${i + 1}: ${file}, row ${number}${isThis ? ", this one" : ""}`)
  })
  const more = places.length > shown.length ? [line("", `and ${places.length - shown.length} more`)] : []
  return [line("Same id", `${places.length} rows`), ...shown, ...more]
}

const renderPart = (part: WhyPart): ReadonlyArray<string> => {
  const { comparisons, cost, judgments, labels, lost, madeBy, ownCost, place, prompt, rejects, role, row } = part
  const { nCallsOfOthers = 0, sides, texts } = part
  const sideOf = new Map(sides.map(({ candidate, side }) => [candidate.id, side]))
  const nOther = cost.calls - ownCost.calls
  return [
    line(
      role === "row" ? "Written" : role,
      `${role === "row" ? "" : `${part.id}, `}${place.file}, row ${place.number}`
    ),
    ...madeBy.map(({ of, stage }) => line("Made", `by ${stage} from ${of}`)),
    ...(prompt === null ? [] : [line("Prompt", JSON.stringify(prompt))]),
    ...factsOf({ ...lost, ...row }),
    ...sides.flatMap(renderSide),
    ...(isPairOfPairs(row) ? [] : unwritten(texts, sides)),
    ...judgments.slice(0, mostJudgments).map((judgment) => line("Judgment", judgmentText(judgment, sideOf))),
    ...(judgments.length > mostJudgments ? [line("", `and ${judgments.length - mostJudgments} more judgments`)] : []),
    ...labels.map((label) => {
      const { annotator, betterId, flagged, flipped, labelProb, weight } = label
      const treated = `${flagged ? ", flagged" : ""}${flipped ? ", flipped" : ""}`
      const name = sideOf.get(betterId) ?? betterId
      return line(
        "Label",
        `${annotator}: ${name} is better, right with probability ${Figure.share(labelProb)}, weight ${amount(weight)}${treated}`
      )
    }),
    ...comparisons.slice(0, mostComparisons).map((one) => line("Compared", comparisonText(one))),
    ...(comparisons.length > mostComparisons
      ? [line("", `and ${comparisons.length - mostComparisons} more comparisons`)]
      : []),
    ...rejects.map(({ detail, reason, stage }) => line("Left out", `${reason} at ${stage}: ${detail}`)),
    ...callLines(part),
    line("Cost", `${costText(ownCost)} about ${role === "row" ? "this row" : "this pair"}`),
    ...(nOther > 0 ? [line("", `${costText(cost)} for all that was asked about what it was made of`)] : []),
    ...(nCallsOfOthers > 0 ? [line("", `without ${nCallsOfOthers} about other rows with this id`)] : [])
  ]
}

/** Columns that other lines tell. */
const toldElsewhere = new Set(["id", "promptId", "prompt", "chosen", "rejected", "chosenId", "rejectedId"])
const longestFact = 60

/** Every other value of the row that is short: rule, margin, flags, weights, what was planted. */
const factsOf = (row: WhyPart["row"]): ReadonlyArray<string> => {
  const known = Object.entries(row).flatMap(([name, value]) => {
    const isShort =
      typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value !== "")
    if (toldElsewhere.has(name) || !isShort) return []
    const text = typeof value === "number" ? amount(value) : String(value)
    return text.length > longestFact ? [] : [`${name} ${text}`]
  })
  return known.length === 0 ? [] : wrapped(known)
}

/** As many lines as it takes. */
const wrapped = (facts: ReadonlyArray<string>): ReadonlyArray<string> => {
  const lines = [""]
  for (const fact of facts) {
    const last = lines.at(-1)!
    if (last === "") lines[lines.length - 1] = fact
    else if (last.length + fact.length + 2 > width) lines.push(fact)
    else lines[lines.length - 1] = `${last}, ${fact}`
  }
  return lines.map((text, i) => line(i === 0 ? "Row says" : "", text))
}

const renderSide = ({ candidate, parents, side, text }: WhySide): ReadonlyArray<string> => [
  line(side, `${candidate.id} ${madeText(candidate)}`),
  line("", JSON.stringify(text ?? candidate.text)),
  ...parents.map((parent) => line("", `derived from ${parent.id} ${madeText(parent)}`))
]

/** Texts of the row that no candidate is known of, such as those of a file; a pair of pairs tells them with its pairs. */
const unwritten = (texts: WhyPart["texts"], sides: ReadonlyArray<WhySide>): ReadonlyArray<string> => {
  const known = new Set(sides.map(({ side }) => side))
  return Object.entries(texts).flatMap(([side, text]) =>
    known.has(side) || side === "prompt" ? [] : [line(side, "by whom is not known"), line("", JSON.stringify(text))]
  )
}

const comparisonText = ({ flipped, id, labelSource, other, place, side, tie }: WhyComparison): string => {
  const said = tie ? "as strong as" : side === "strong" ? "stronger than" : "weaker than"
  const at = place === null ? id : `${id} at ${place.file}, row ${place.number}`
  return `${said} ${other}, by ${labelSource}${flipped ? ", turned round on purpose" : ""} (${at})`
}

const madeText = ({ finishReason, injection, model, operation, persona, sampleIndex }: Candidate): string =>
  [
    `by ${model}`,
    ...(persona === null ? [] : [`persona ${persona}`]),
    ...(operation === null ? [`sample ${sampleIndex}`] : [`made by ${operation}`]),
    ...(injection === null
      ? []
      : [
          `error "${injection.errorType}" by ${injection.injector}, ${amount(100 * injection.similarity)}% of words kept`
        ]),
    ...(finishReason === "stop" ? [] : [`ended by ${finishReason}`])
  ].join(", ")

const judgmentText = (
  { annotator, axis, firstId, score, secondId, verdict }: Judgment,
  sideOf: ReadonlyMap<string, string>
): string => {
  const first = sideOf.get(firstId) ?? firstId
  if (secondId === null)
    return `${annotator} rates ${first} ${score === null ? String(verdict) : amount(score)} (${axis})`
  const second = sideOf.get(secondId) ?? secondId
  const said = verdict === "first" ? `${first} wins` : verdict === "second" ? `${second} wins` : String(verdict)
  return `${annotator} sees ${first} before ${second}: ${said} (${axis})`
}

const callLines = ({ calls }: WhyPart): ReadonlyArray<string> =>
  [...Map.groupBy(calls, ({ stage }) => stage)].map(([stage, all]) => {
    const own = all.filter(({ about }) => about.length > 0)
    const models = [...new Set(all.flatMap(({ kept }) => (kept === null ? [] : [kept.model])))]
    const seeds = [...new Set(all.flatMap(({ kept }) => seedOf(kept?.request)))]
    const by = models.length === 0 ? "" : ` by ${models.join(", ")}`
    const seeded = seeds.length === 0 ? "" : `, seed ${seeds.join(", ")}`
    const nCalls = costOfCalls(all).calls
    const answers = nCalls === all.length ? "" : ` with ${all.length} answers`
    return line("Calls", `${stage}: ${nCalls}${answers}${by}${seeded}, ${own.length} of them about these texts`)
  })

const seedOf = (request: unknown): ReadonlyArray<number> => {
  const inner = (request as { readonly request?: { readonly seed?: unknown } } | null | undefined)?.request
  return typeof inner?.seed === "number" ? [inner.seed] : []
}

const costText = ({ calls, completionTokens, costUsd, promptTokens, unpriced }: WhyCost): string => {
  if (calls === 0) return "no calls"
  const tokens =
    promptTokens === null && completionTokens === null
      ? "tokens not counted"
      : `${amount(promptTokens ?? 0)} + ${amount(completionTokens ?? 0)} tokens`
  const price =
    costUsd === null
      ? "cost not known"
      : `${dollars(costUsd)}${unpriced === 0 ? "" : ` and ${unpriced} without a price`}`
  return `${Figure.counted(calls, "call")}, ${tokens}, ${price}`
}
