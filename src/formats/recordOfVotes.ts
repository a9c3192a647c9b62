import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import type { Holding, Look, Part, PartColumn, Preference, Row } from "./Format.ts"
import { majorityRanks } from "./majorityRanks.ts"
import { textMessage } from "./Messages.ts"
import { showsNames, showsTools } from "./PlainTexts.ts"
import { unreadKeys } from "./unreadKeys.ts"
import { isObject, pathText, recordedLabel, valueAt, type ValuePath, type VoteColumns } from "./VoteColumns.ts"
import type { Verdict, VoteRow } from "./VoteRow.ts"

/**
 * Makes one record of all votes on one pair.
 *
 * The two sides stay as they are in the first vote. The majority ranks them, see `majorityRanks`; without a readable vote they have no ranks.
 * Where a file names what was compared and has no texts, the candidates have a model and no messages. A plain text in a file with messages is
 * one message.
 */
export const recordOfVotes = (
  votes: ReadonlyArray<VoteRow>,
  { hasTexts, style }: { readonly hasTexts: boolean; readonly style: Holding["style"] }
): Preference => {
  const { first, messages, models, prompt, scoreFirst, scoreSecond, second } = votes[0]!
  const nOf = (wanted: Verdict) => votes.filter(({ verdict }) => verdict === wanted).length
  const isRanked = votes.some(({ verdict }) => verdict !== null)
  const ranks = majorityRanks(nOf("first"), nOf("second"), nOf("tie"))
  const candidate = (side: "first" | "second", rank: number): PreferenceCandidate => {
    const [text, score, model] =
      side === "first" ? [first, scoreFirst, models?.[0]] : [second, scoreSecond, models?.[1]]
    return {
      id: null,
      model: hasTexts ? (model ?? null) : text,
      messages: hasTexts && text !== null ? (messages?.[side] ?? [textMessage("assistant", text)]) : [],
      score,
      rank: isRanked ? rank : null,
      label: null,
      refLogProb: null
    }
  }
  return {
    id: null,
    kind: "pair",
    style,
    context: messages?.prompt ?? (prompt === null ? [] : [textMessage("user", prompt)]),
    tools: null,
    candidates: [candidate("first", ranks[0]), candidate("second", ranks[1])],
    margin: null,
    votes: votes
      .filter(({ verdict }) => verdict !== null)
      .map(({ annotator, verdict }) => ({ annotator, winner: verdict === "tie" ? null : verdict === "first" ? 0 : 1 })),
    extra: {}
  }
}

/**
 * What records of votes hold, and which columns are not kept; `see` looks for others in a row behind the first ones, which then are in `lateKeys`.
 *
 * They hold messages as soon as one of the first rows does; a later row with messages in a file of plain texts cannot be written as text.
 */
export const votesHolding = (
  columns: VoteColumns,
  look: Look
): { readonly holding: Holding; readonly see: (row: Row) => void } => {
  const { annotator, hasTexts, labels, models, opinions, prompt, promptFrom, reading, scoreFirst, scoreSecond, sides } =
    columns
  const sidePaths = sides === null ? [] : [sides.first, sides.second]
  const textPaths = [...prompt, ...(hasTexts ? sidePaths : [])]
  const textColumns = [...new Set(textPaths.map(([name]) => name!))]
  const isChat = look.sample.some((row) => textPaths.some((path) => isObject(valueAt(row, path))))
  const labelPaths = [...labels.map(({ path }) => path), recordedLabel(opinions)].filter((path) => path !== null)
  // A column that is an annotator, and a list of opinions with their names, say both.
  const saysWho = labels.length > 1 || typeof opinions?.annotator === "string"
  const isInside = promptFrom === "turns" || promptFrom === "user turns"
  const found: ReadonlyArray<readonly [Part, ReadonlyArray<ValuePath>]> = [
    ["prompt", isInside ? sidePaths.slice(0, 1) : prompt],
    ...(hasTexts
      ? ([
          ["chosen", sidePaths.slice(0, 1)],
          ["rejected", sidePaths.slice(1)]
        ] as const)
      : ([["models", sidePaths]] as const)),
    ["models", models ?? []],
    ["votes", labelPaths],
    ["annotators", [...annotator, ...(saysWho ? labelPaths : [])]],
    ["scores", [scoreFirst, scoreSecond].filter((path) => path !== null)]
  ]
  const kept = new Set(found.flatMap(([, paths]) => paths.map(([name]) => name)))
  const keys = unreadKeys(look, textColumns, new Map())
  const known = new Set([...look.columns.map(({ name }) => name), ...kept])
  const late = new Set<string>()
  const holding: Holding = {
    kind: "pair",
    style: isChat ? "messages" : "text",
    hasToolCalls: isChat && showsTools(look, textColumns),
    ...(isChat && showsNames(look, textColumns) ? { hasNames: true } : {}),
    parts: found.flatMap(([part, paths]) => paths.map((path): PartColumn => ({ part, column: pathText(path) }))),
    extra: [],
    unkept: [
      ...(reading?.firstSign == null ? [] : labelPaths.map((path) => `${pathText(path)} (strength)`)),
      ...look.columns.map(({ name }) => name).filter((name) => !kept.has(name)),
      ...keys.names
    ],
    lateKeys: late
  }
  return {
    holding,
    see: (row) => {
      keys.see(row)
      for (const key of keys.late) late.add(key)
      for (const name in row) if (!known.has(name) && late.size < maxLate) late.add(name)
    }
  }
}

/** Columns and keys that only later rows have and that are told. */
const maxLate = 1000
