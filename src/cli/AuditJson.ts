import type { VoteColumns } from "../cleaners/VoteTable.ts"
import type { VoteAudit } from "../cleaners/auditVotes.ts"
import type { Estimate } from "../Findings.ts"
import type { FindingOf } from "../report/Section.ts"
import { nobody } from "../report/auditFinding.ts"
import type { TextFindings } from "../report/sections/auditTextSections.ts"

/** What `prefloom audit` prints with `--json` and writes to `audit.json`; a number that is not known is null. */
export interface AuditJson {
  readonly files: ReadonlyArray<string>
  /** The format that was recognised or named, and which columns were taken as what. */
  readonly format: string
  readonly columns: string
  /** Rows with a vote. */
  readonly rows: number
  /** Rows that could not be read, which rejects.parquet has, and how many of them for which reason. */
  readonly rejected: number
  readonly reasons: ReadonlyArray<readonly [reason: string, rows: number]>
  readonly pairs: number
  readonly labels: number
  readonly ties: number
  /** Labels that are empty or whose value says nothing, left out of all numbers. */
  readonly unreadable: number
  readonly annotators: ReadonlyArray<{
    readonly id: string
    readonly n: number
    readonly reliability: number | null
    readonly ci95: readonly [number, number] | null
    readonly firstShare: number | null
    readonly orderAgreement: number | null
  }>
  readonly noiseRate: (Estimate & { readonly method: string }) | null
  readonly calibration: {
    readonly temperature: number
    readonly eceBefore: number
    readonly eceAfter: number
    readonly source: string
  } | null
  readonly agreement: {
    /** Krippendorff's alpha over the two answers of a pair, whichever column each stands in: sides are ordered by a hash of the answers. */
    readonly alpha: number | null
    readonly overlappingPairs: number
    readonly pairwise: ReadonlyArray<{
      readonly annotators: readonly [string, string]
      readonly n: number
      readonly agreement: number
      readonly ci95: readonly [number, number]
    }>
  }
  readonly lengthBias: {
    readonly longerChosen: number
    readonly ci95: readonly [number, number]
    readonly n: number
  } | null
  readonly cycles: VoteAudit["cycles"]
  /** What texts alone tell where votes and scores cannot: a ranking, no noise rate. Null where it was not asked. */
  readonly texts: {
    /** Pairs compared; posteriors.parquet has a `textGap` for the labels on these alone. */
    readonly pairs: number
    readonly accuracy: number | null
    readonly ci95: readonly [number, number]
    readonly hasSignal: boolean
  } | null
  /** Labels whose texts are at odds with others; null without texts. */
  readonly consistency: {
    readonly sameTexts: number
    readonly almostSameTexts: number
    readonly duplicates: number
    readonly contradicting: number
    readonly leaked: number
    readonly leakedPrompts: number
    readonly splits: ReadonlyArray<string>
    /** Among `of` pairs, those with a near copy, and those of them with one that says the opposite. */
    readonly nearCopies: { readonly of: number; readonly pairs: number; readonly contradicting: number } | null
  } | null
  readonly flagged: number
  readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>
}

/** Puts the numbers of an audit into the form that scripts rely on. */
export const auditJson = (
  audit: VoteAudit,
  columns: VoteColumns,
  finding: FindingOf<"noise">,
  facts: {
    readonly files: ReadonlyArray<string>
    readonly format: string
    readonly said: string
    readonly nRows: number
    readonly reasons: AuditJson["reasons"]
    readonly texts: TextFindings
  }
): AuditJson => {
  const { calibration, noiseRate } = finding
  return {
    files: facts.files,
    format: facts.format,
    columns: facts.said,
    rows: facts.nRows,
    rejected: facts.reasons.reduce((sum, [, n]) => sum + n, 0),
    reasons: facts.reasons,
    pairs: audit.nPairs,
    labels: audit.nLabels,
    ties: audit.nTies,
    unreadable: audit.nUnreadable,
    annotators: finding.annotators.map(({ firstShare, id, nLabels, orderAgreement, reliability }) => ({
      id,
      n: nLabels,
      reliability: reliability?.estimate ?? null,
      ci95: reliability?.ci95 ?? null,
      firstShare,
      orderAgreement
    })),
    noiseRate: noiseRate === null ? null : { ...noiseRate, method: audit.method },
    calibration:
      calibration === null
        ? null
        : {
            temperature: calibration.temperature,
            eceBefore: calibration.eceBefore,
            eceAfter: calibration.eceAfter,
            source: `${calibration.nTrusted} pairs that trusted annotators settled, out of fold`
          },
    agreement: {
      alpha: audit.alpha,
      overlappingPairs: audit.nOverlapping,
      pairwise: pairwise(audit, columns)
    },
    lengthBias:
      audit.lengthBias.nPairs === 0
        ? null
        : {
            longerChosen: audit.lengthBias.longerChosen,
            ci95: [audit.lengthBias.lower, audit.lengthBias.upper],
            n: audit.lengthBias.nPairs
          },
    cycles: audit.cycles,
    ...textsJson(facts.texts),
    flagged: finding.flagged,
    warnings: finding.warnings
  }
}

const textsJson = ({ copies, counts, evidence }: TextFindings): Pick<AuditJson, "texts" | "consistency"> => ({
  texts:
    evidence === null
      ? null
      : {
          pairs: evidence.nPairs,
          accuracy: evidence.nPairs === 0 ? null : evidence.accuracy,
          ci95: [evidence.lower, evidence.upper],
          hasSignal: evidence.hasSignal
        },
  consistency:
    counts === null
      ? null
      : {
          sameTexts: counts.nSameTexts,
          almostSameTexts: counts.nAlmostSameTexts,
          duplicates: counts.nDuplicates,
          contradicting: counts.nContradicting,
          leaked: counts.nLeaked,
          leakedPrompts: counts.nLeakedPrompts,
          splits: counts.splits,
          nearCopies: copies && {
            of: copies.nPairs,
            pairs: copies.copies.size,
            contradicting: copies.contradicting.size
          }
        }
})

const pairwise = ({ agreement }: VoteAudit, { annotators }: VoteColumns) => {
  const n = annotators.length
  return annotators.flatMap((name, a) =>
    annotators.slice(a + 1).flatMap((other, offset) => {
      const at = a * n + a + 1 + offset
      if (agreement.nBoth[at] === 0) return []
      return [
        {
          annotators: [name ?? nobody, other ?? nobody] as const,
          n: agreement.nBoth[at]!,
          agreement: agreement.agreement[at]!,
          ci95: [agreement.lower[at]!, agreement.upper[at]!] as const
        }
      ]
    })
  )
}
