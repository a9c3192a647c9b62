import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { auditVotes, type VoteAudit } from "../cleaners/auditVotes.ts"
import { nearCopies } from "../cleaners/nearCopies.ts"
import { TextChecks } from "../cleaners/TextChecks.ts"
import { textEvidence } from "../cleaners/textEvidence.ts"
import { TextSample } from "../cleaners/TextSample.ts"
import { type VoteColumns, type VoteFacts, VoteTable } from "../cleaners/VoteTable.ts"
import type { Suspect } from "../Findings.ts"
import type { NamedColumns } from "../formats/VoteColumns.ts"
import type { VoteRow } from "../formats/VoteRow.ts"
import { Lowest } from "../math/Lowest.ts"
import { readOwnPackage } from "../OwnPackage.ts"
import { Rejects } from "../Rejects.ts"
import { Run } from "../Run.ts"
import { auditFinding, nobody } from "../report/auditFinding.ts"
import { renderAudit } from "../report/renderAudit.ts"
import type { DoubtfulLabel } from "../report/sections/auditTextSections.ts"
import { writeRejects } from "../report/writeRejects.ts"
import { parquet } from "../sinks/parquet.ts"
import { replacesInput } from "../sinks/SinkError.ts"
import { writeText } from "../sinks/writeText.ts"
import { writeTogether } from "../sinks/writeTogether.ts"
import { anonymousVotes } from "./anonymousVotes.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { auditJson } from "./AuditJson.ts"
import type { Reading } from "./showReading.ts"
import { readVotes } from "./readVotes.ts"
import { unheardTrusted } from "./unheardTrusted.ts"

/** What to audit and what is known of it. */
export interface AuditRequest {
  readonly files: ReadonlyArray<string>
  /** The splits that are read. Default: all. */
  readonly splits?: ReadonlyArray<string>
  /** The largest share of rows that may be bad. Default 0.05. */
  readonly maxRejectShare?: number
  readonly named: NamedColumns
  readonly labelValues?: string
  readonly trusted: ReadonlyArray<string>
}

const posteriorFields = {
  rowIndex: Schema.Int,
  pairId: Schema.String,
  annotatorId: Schema.NullOr(Schema.String),
  labelProb: Schema.NullOr(Schema.Finite),
  textGap: Schema.NullOr(Schema.Finite),
  flags: Schema.Array(Schema.String)
}

/** What an audit leaves in its folder, all or nothing; the last says that it is complete. */
export const auditResults: ReadonlyArray<string> = [
  "posteriors.parquet",
  "rejects.parquet",
  "report.html",
  "audit.json"
]

const nSuspects = 100

const noRows = {
  found: "no row",
  wanted: "rows with votes",
  remedy: "check the files and what was to be written to them"
}

/**
 * Audits votes in files and writes `audit.json`, `posteriors.parquet`, `report.html` and `rejects.parquet` into the run's folder.
 *
 * The files are read twice: for the numbers, of which some 100 bytes a vote with texts are kept and half without, and for the
 * posteriors and the texts of the most suspect votes. Near copies are looked for among up to 20,000 pairs. Where neither votes nor scores can tell, texts rank the labels (`textEvidence`)
 * of the same pairs. `reading` is kept up to date. Fails as reading and writing do, and before a vote is read where a result would replace one of
 * the files.
 */
export const auditFiles = Effect.fnUntraced(function* ({ files, trusted, ...options }: AuditRequest, reading: Reading) {
  const found = yield* readVotes([...files], options)
  const run = yield* Run
  const { folder, inputs, progress } = run
  for (const file of found.files) inputs.add(file)
  const replaced = auditResults.find((name) => inputs.has(path.join(folder, name)))
  if (replaced !== undefined) {
    return yield* replacesInput({ sink: "audit", path: replaced }, path.join(folder, replaced))
  }
  const { format, hasTexts, said } = found.columns
  const table = new VoteTable()
  const checks = new TextChecks()
  const sample = new TextSample()
  let nRows = 0
  let lastRow = -1
  const begin = (what: string) => {
    reading.what = what
    reading.nRows = 0
    reading.totalRows = progress.totalRows
  }
  const see = (rows: ReadonlyArray<VoteRow>) => {
    reading.totalRows = progress.totalRows
    reading.nRows = (rows.at(-1)?.rowIndex ?? reading.nRows - 1) + 1
  }
  begin("Reading the votes, pass 1 of 2")
  yield* Stream.runForEach(found.batches, ({ rows }) =>
    Effect.sync(() => {
      see(rows)
      for (const vote of rows) {
        if (vote.rowIndex !== lastRow) nRows++
        lastRow = vote.rowIndex
        table.add(factsOf(vote, hasTexts))
        const { first, firstId, second, secondId, verdict } = vote
        if (!hasTexts || first === null || second === null) continue
        checks.add({ ...vote, first, second })
        if (
          (verdict === "first" || verdict === "second") &&
          firstId !== secondId &&
          !trusted.includes(vote.annotator ?? "")
        )
          sample.add({ ...vote, first, second, verdict })
      }
    })
  )
  begin("Working out the noise")
  const columns = table.columns()
  const lacking = nRows === 0 ? noRows : unheardTrusted(trusted, columns.annotators)
  if (lacking !== null) {
    const message = `Cannot audit "${found.files.join('", "')}": found ${lacking.found}, expected ${lacking.wanted}; ${lacking.remedy}`
    return yield* new CommandFailed({ message })
  }
  const made = auditVotes(columns, { trusted })
  const audit = { ...made, warnings: [...found.warnings(), ...anonymousVotes(columns), ...made.warnings] }
  const cannotTell = audit.noiseRate === null && audit.pModel.every((p) => p === 0.5)
  const evidence = cannotTell && hasTexts ? textEvidence(sample.pairs()) : null
  const votesOn = countVotesOn(columns)
  const copies = hasTexts ? nearCopies(sample.pairs()) : null
  const suspects = new Lowest<Suspect>(nSuspects)
  const doubtful = new Lowest<DoubtfulLabel>(nSuspects)
  let next = 0
  const judged = (vote: VoteRow) => {
    const v = next++
    const labelProb = audit.labelProb[v]!
    if (labelProb < 0.5) suspects.add(labelProb, () => suspectOf(vote, labelProb, audit, votesOn, columns.item[v]!))
    const gapToA = evidence?.hasSignal === true ? evidence.gap.get(vote.pairId) : undefined
    // Side A won or lost; without a winner there is no label to speak against.
    const textGap = gapToA === undefined || columns.side[v] === 0 ? null : columns.side[v]! * gapToA
    if (textGap !== null && textGap < 0) doubtful.add(textGap, () => doubtfulOf(vote, textGap))
    return {
      rowIndex: vote.rowIndex,
      pairId: vote.pairId,
      annotatorId: vote.annotator,
      labelProb: Number.isNaN(labelProb) ? null : labelProb,
      textGap,
      flags: [
        ...(audit.flagged[v] === 1 ? ["suspect"] : []),
        ...(hasTexts ? checks.flagsOf(v) : columns.first[v] === columns.second[v] ? ["sameTexts"] : []),
        ...(copies?.contradicting.has(vote.pairId) === true
          ? ["nearCopyContradicts"]
          : copies?.copies.has(vote.pairId) === true
            ? ["nearCopy"]
            : []),
        ...(columns.verdict[v] === 0 ? ["tie"] : columns.verdict[v] === 2 ? ["unreadable"] : [])
      ]
    }
  }
  begin("Writing the labels, pass 2 of 2")
  // Rows that cannot be read were rejected in the first pass.
  const rejects = new Rejects(path.join(run.spool, "again"))
  const again = Stream.provideService(found.batches, Run, { ...run, rejects })
  const posteriors = Stream.map(again, ({ index, rows }) => {
    see(rows)
    return { index, rows: rows.map(judged) }
  })
  return yield* writeTogether(
    auditResults,
    Effect.gen(function* () {
      yield* parquet("posteriors.parquet").write(posteriorFields, posteriors)
      const finding = auditFinding(audit, columns, trusted, suspects.entries)
      const texts = { counts: hasTexts ? checks.counts() : null, copies, evidence, doubtful: doubtful.entries }
      const reasons = [...run.rejects.counts("votes")].toSorted(([, a], [, b]) => b - a)
      const facts = { files: found.files, format, said, nRows, reasons }
      const json = auditJson(audit, columns, finding, { ...facts, texts })
      const page = yield* Effect.promise(() =>
        renderAudit(audit, columns, finding, { ...facts, texts, prefloom: readOwnPackage().version })
      )
      yield* writeRejects
      yield* writeText("report.html", page)
      yield* writeText("audit.json", `${JSON.stringify(json, null, 2)}\n`)
      return { json, finding }
    })
  )
})

/** Names of what was compared have no length that means anything. */
const factsOf = ({ first, second, ...vote }: VoteRow, hasTexts: boolean): VoteFacts => ({
  ...vote,
  lengthFirst: hasTexts && first !== null ? first.length : null,
  lengthSecond: hasTexts && second !== null ? second.length : null
})

const recorded = (vote: VoteRow) => {
  const sides = [vote.first ?? "the first answer", vote.second ?? "the second answer"] as const
  const isFirst = vote.verdict === "first"
  return {
    // Data without texts name what was compared.
    prompt: vote.prompt ?? (vote.first === null ? `pair ${vote.pairId}` : ""),
    chosen: sides[isFirst ? 0 : 1],
    rejected: sides[isFirst ? 1 : 0]
  }
}

/** Per pair, the votes for its side A and for its side B. */
const countVotesOn = ({ item, prompt, side }: VoteColumns) => {
  const forA = new Int32Array(prompt.length)
  const forB = new Int32Array(prompt.length)
  for (let v = 0; v < item.length; v++) {
    if (side[v] === 1) forA[item[v]!]!++
    else if (side[v] === -1) forB[item[v]!]!++
  }
  return { forA, forB }
}

const suspectOf = (
  vote: VoteRow,
  labelProb: number,
  { pModel }: VoteAudit,
  { forA, forB }: ReturnType<typeof countVotesOn>,
  item: number
): Suspect => {
  const firstIsA = vote.firstId < vote.secondId
  const isForA = firstIsA === (vote.verdict === "first")
  const pFirst = firstIsA ? pModel[item]! : 1 - pModel[item]!
  return {
    ...recorded(vote),
    annotator: vote.annotator ?? nobody,
    labelProb,
    pModel: vote.verdict === "first" ? pFirst : 1 - pFirst,
    plantedCorrect: null,
    votes: isForA ? { agreeing: forA[item]!, opposed: forB[item]! } : { agreeing: forB[item]!, opposed: forA[item]! }
  }
}

const doubtfulOf = (vote: VoteRow, gap: number): DoubtfulLabel => ({
  ...recorded(vote),
  annotator: vote.annotator ?? "",
  gap
})
