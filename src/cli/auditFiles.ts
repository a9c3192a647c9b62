import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type VoteFacts, VoteTable } from "../cleaners/VoteTable.ts"
import { auditVotes, type VoteAudit } from "../cleaners/auditVotes.ts"
import type { Suspect } from "../Findings.ts"
import type { NamedColumns } from "../formats/VoteColumns.ts"
import type { VoteRow } from "../formats/VoteRow.ts"
import { readOwnPackage } from "../OwnPackage.ts"
import { auditFinding, nobody } from "../report/auditFinding.ts"
import { renderAudit } from "../report/renderAudit.ts"
import { writeRejects } from "../report/writeRejects.ts"
import { parquet } from "../sinks/parquet.ts"
import { writeText } from "../sinks/writeText.ts"
import { auditJson } from "./AuditJson.ts"
import { readVotes } from "./readVotes.ts"

/** What to audit and what is known of it. */
export interface AuditRequest {
  readonly files: ReadonlyArray<string>
  readonly named: NamedColumns
  readonly labelValues?: string
  readonly trusted: ReadonlyArray<string>
}

const posteriorFields = {
  rowIndex: Schema.Int,
  pairId: Schema.String,
  annotatorId: Schema.NullOr(Schema.String),
  labelProb: Schema.NullOr(Schema.Finite),
  flags: Schema.Array(Schema.String)
}

const nSuspects = 100

/**
 * Audits votes in files and writes `audit.json`, `posteriors.parquet`, `report.html` and `rejects.parquet` into the run's folder.
 *
 * The files are read twice: for the numbers, of which some 50 bytes a vote are kept, and for the posteriors and the texts of the most
 * suspect votes. Fails as reading and writing do.
 */
export const auditFiles = Effect.fnUntraced(function* ({ files, labelValues, named, trusted }: AuditRequest) {
  const found = yield* readVotes([...files], { named, ...(labelValues === undefined ? {} : { labelValues }) })
  const table = new VoteTable()
  let nRows = 0
  let lastRow = -1
  yield* Stream.runForEach(found.batches, ({ rows }) =>
    Effect.sync(() => {
      for (const vote of rows) {
        if (vote.rowIndex !== lastRow) nRows++
        lastRow = vote.rowIndex
        table.add(factsOf(vote))
      }
    })
  )
  const columns = table.columns()
  const audit = auditVotes(columns, { trusted })
  const ranks = lowest(audit.labelProb, nSuspects)
  const suspects: Array<Suspect> = []
  let next = 0
  const posteriors = Stream.map(found.batches, ({ index, rows }) => ({
    index,
    rows: rows.map((vote) => {
      const v = next++
      const labelProb = audit.labelProb[v]!
      const rank = ranks.get(v)
      if (rank !== undefined) suspects[rank] = suspectOf(vote, labelProb, audit, columns.item[v]!)
      return {
        rowIndex: vote.rowIndex,
        pairId: vote.pairId,
        annotatorId: vote.annotator,
        labelProb: Number.isNaN(labelProb) ? null : labelProb,
        flags: flagsOf(audit, columns.verdict[v]!, columns.first[v] === columns.second[v], v)
      }
    })
  }))
  yield* parquet("posteriors.parquet").write(posteriorFields, posteriors)
  const finding = auditFinding(audit, columns, trusted, suspects)
  const { format, said } = found.columns
  const facts = { files: found.files, format, said, nRows }
  const json = auditJson(audit, columns, finding, facts)
  const page = yield* Effect.promise(() =>
    renderAudit(audit, columns, finding, { ...facts, prefloom: readOwnPackage().version })
  )
  yield* writeRejects
  yield* writeText("report.html", page)
  yield* writeText("audit.json", `${JSON.stringify(json, null, 2)}\n`)
  return { json, finding }
})

const factsOf = ({ first, second, ...vote }: VoteRow): VoteFacts => ({
  ...vote,
  lengthFirst: first?.length ?? null,
  lengthSecond: second?.length ?? null
})

const suspectOf = (vote: VoteRow, labelProb: number, { pModel }: VoteAudit, item: number): Suspect => {
  const isFirst = vote.verdict === "first"
  const firstIsA = vote.firstId < vote.secondId
  const pFirst = firstIsA ? pModel[item]! : 1 - pModel[item]!
  return {
    prompt: vote.prompt ?? "",
    chosen: (isFirst ? vote.first : vote.second) ?? "",
    rejected: (isFirst ? vote.second : vote.first) ?? "",
    annotator: vote.annotator ?? nobody,
    labelProb,
    pModel: isFirst ? pFirst : 1 - pFirst,
    plantedCorrect: null
  }
}

const flagsOf = (audit: VoteAudit, verdict: number, isSame: boolean, v: number): ReadonlyArray<string> => [
  ...(audit.flagged[v] === 1 ? ["suspect"] : []),
  ...(isSame ? ["sameTexts"] : []),
  ...(verdict === 0 ? ["tie"] : verdict === 2 ? ["unreadable"] : [])
]

/** The `n` votes with the lowest probability, with their ranks; ties go to the earlier vote. */
const lowest = (labelProb: Float64Array, n: number): ReadonlyMap<number, number> => {
  const best: Array<number> = []
  for (let v = 0; v < labelProb.length; v++) {
    const p = labelProb[v]!
    if (!(p < 0.5) || (best.length === n && p >= labelProb[best.at(-1)!]!)) continue
    const at = best.findIndex((other) => p < labelProb[other]!)
    best.splice(at < 0 ? best.length : at, 0, v)
    if (best.length > n) best.pop()
  }
  return new Map(best.map((v, rank) => [v, rank]))
}
