import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import type { Holding, PartColumn, Preference } from "./Format.ts"
import { textMessage } from "./Messages.ts"
import { pathText, readColumns, type SeenColumn, type ValuePath, type VoteColumns } from "./VoteColumns.ts"
import type { VoteRow } from "./VoteRow.ts"

/**
 * Makes one record of all votes in one row of a file.
 *
 * The two sides stay in their order; the majority of the votes ranks them, and as many votes for each is a tie. Without a readable vote
 * there are no ranks. Where a file names what was compared and has no texts, the candidates have a model and no messages.
 */
export const recordOfVotes = (votes: ReadonlyArray<VoteRow>, hasTexts: boolean): Preference => {
  const { first, prompt, scoreFirst, scoreSecond, second } = votes[0]!
  const lead = votes.reduce((sum, { verdict }) => sum + (verdict === "first" ? 1 : verdict === "second" ? -1 : 0), 0)
  const isRanked = votes.some(({ verdict }) => verdict !== null)
  const candidate = (text: string | null, score: number | null, isWorse: boolean): PreferenceCandidate => ({
    id: null,
    model: hasTexts ? null : text,
    messages: hasTexts && text !== null ? [textMessage("assistant", text)] : [],
    score,
    rank: isRanked ? (isWorse ? 1 : 0) : null,
    label: null,
    refLogProb: null
  })
  return {
    id: null,
    kind: "pair",
    style: "text",
    context: prompt === null ? [] : [textMessage("user", prompt)],
    tools: null,
    candidates: [candidate(first, scoreFirst, lead < 0), candidate(second, scoreSecond, lead > 0)],
    margin: null,
    votes: votes
      .filter(({ verdict }) => verdict !== null)
      .map(({ annotator, verdict }) => ({ annotator, winner: verdict === "tie" ? null : verdict === "first" ? 0 : 1 })),
    extra: {}
  }
}

/** What records of votes hold, and which columns are not read. */
export const votesHolding = (columns: VoteColumns, all: ReadonlyArray<SeenColumn>): Holding => {
  const { annotator, labels, prompt, scoreFirst, scoreSecond, sides } = columns
  const read = new Set(readColumns(columns))
  const sidePaths = [sides?.first, sides?.second]
  return {
    kind: "pair",
    style: "text",
    hasToolCalls: false,
    parts: [
      ...of("prompt", prompt),
      ...(columns.hasTexts
        ? [...of("chosen", [sidePaths[0]]), ...of("rejected", [sidePaths[1]])]
        : of("models", sidePaths)),
      ...of("votes", [...labels.map(({ path }) => path), ...annotator]),
      ...of("scores", [scoreFirst, scoreSecond])
    ],
    extra: [],
    unkept: all.map(({ name }) => name).filter((name) => !read.has(name))
  }
}

const of = (part: PartColumn["part"], paths: ReadonlyArray<ValuePath | null | undefined>) =>
  paths.flatMap((path) => (path === null || path === undefined ? [] : [{ part, column: pathText(path) }]))
