import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Row } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, messagesType, readMessages, textMessage, writeMessages } from "./Messages.ts"
import { otherColumns, pairWriter } from "./PairFormat.ts"
import { intType, notText, plainText, readText, textType } from "./PlainTexts.ts"
import { rankedReader, ranksOf } from "./RankedFormat.ts"
import { promptNames } from "./SideColumns.ts"

/** The columns of HelpSteer3, and those of the preferences in HelpSteer2. */
const forms = [
  { first: "response1", second: "response2", prompt: "context", strength: "overall_preference", isMessages: true },
  { first: "response_1", second: "response_2", prompt: "prompt", strength: "preference_strength", isMessages: false }
] as const

const strongest = 3

/**
 * HelpSteer preferences: two responses and a strength from −3 to 3, below 0 for the first.
 *
 * Read are HelpSteer3 (`context`, `response1`, `response2`, `overall_preference`, single votes in `individual_preference`) and the preferences of
 * HelpSteer2; the margin is the strength. Written is the form of HelpSteer3, the chosen reply first: a margin has to be 1, 2 or 3,
 * and is 1 where there is none. No 0 is written, since some loaders take the first response for both sides then.
 *
 * Source: https://huggingface.co/datasets/nvidia/HelpSteer3
 */
export const helpsteer: Format = {
  name: "helpsteer",
  about: "HelpSteer2 and HelpSteer3 preferences with a strength from −3 to 3",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) =>
    forms
      .map(({ first, isMessages, prompt, second, strength }) =>
        recogniseColumns(look, {
          [prompt]: isMessages ? "turns" : "text",
          [first]: "text",
          [second]: "text",
          [strength]: "number"
        })
      )
      .find((found) => found !== null) ?? null,
  reader: (look) => {
    const form = forms.find(({ prompt, strength }) =>
      [prompt, strength].every((name) => look.columns.some((column) => column.name === name))
    )
    if (form === undefined || helpsteer.recognise(look) === null) {
      return otherColumns(look, `"context", "response1", "response2" and "overall_preference"`)
    }
    const { first, isMessages, prompt, second, strength } = form
    const hasVotes = recogniseColumns(look, { individual_preference: "list" }) !== null
    return rankedReader(look, {
      kind: "pair",
      style: isMessages ? "messages" : "text",
      parts: [
        { part: "prompt", column: prompt },
        { part: "chosen", column: first },
        { part: "rejected", column: second },
        { part: "label", column: strength },
        { part: "margin", column: strength },
        ...(hasVotes ? [{ part: "votes", column: "individual_preference" } as const] : [])
      ],
      names: promptNames,
      unkept: hasVotes ? ["individual_preference[].reasoning and feedback"] : [],
      context: (row) => (isMessages ? readMessages(row[prompt], prompt) : readText(row, prompt, "user")),
      candidates: (row) => {
        const value = row[strength]
        if (!Number.isSafeInteger(value) || Math.abs(value as number) > strongest) {
          return new FormatFlaw("no strength", strength, kindOf(value), "a whole number from −3 to 3")
        }
        const ranks = ranksOf(-(value as number))
        const sides = [first, second].map((column) => row[column])
        const bad = sides.findIndex((side) => typeof side !== "string")
        if (bad >= 0) return notText(sides[bad], bad === 0 ? first : second)
        return sides.map((text, i) => ({
          messages: [textMessage("assistant", text as string)],
          rank: ranks[i]!,
          score: null,
          model: null
        }))
      },
      margin: (row) => Math.abs(row[strength] as number),
      votes: (row) => votesOf(row["individual_preference"])
    })
  },
  writer: (holding) =>
    pairWriter(holding, {
      columns: [
        { name: "context", type: messagesType(false) },
        { name: "response1", type: textType },
        { name: "response2", type: textType },
        { name: "overall_preference", type: strengthType }
      ],
      parts: [
        { part: "prompt", column: "context" },
        { part: "chosen", column: "response1" },
        { part: "rejected", column: "response2" },
        { part: "margin", column: "overall_preference" }
      ],
      names: promptNames,
      texts: ({ chosen, context, record, rejected }) => {
        const margin = record.margin ?? 1
        if (!Number.isSafeInteger(margin) || margin < 1 || margin > strongest) {
          return new FormatFlaw("margin out of range", "margin", String(margin), "1, 2 or 3")
        }
        const messages = writeMessages(context, false, "context")
        if (messages instanceof FormatFlaw) return messages
        const first = plainText(chosen, "response1")
        if (first instanceof FormatFlaw) return first
        const second = plainText(rejected, "response2")
        return second instanceof FormatFlaw
          ? second
          : { context: messages, response1: first, response2: second, overall_preference: -margin }
      }
    })
}

const strengthType: ColumnType = intType

const votesOf = (value: unknown) =>
  (Array.isArray(value) ? (value as ReadonlyArray<Row | null>) : []).flatMap((vote) => {
    const score = vote?.["score"]
    return typeof score === "number" ? [{ annotator: null, winner: score === 0 ? null : score < 0 ? 0 : 1 }] : []
  })
