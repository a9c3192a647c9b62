import { type Format, FormatFlaw } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, textMessage } from "./Messages.ts"
import { otherColumns, pairWriter } from "./PairFormat.ts"
import { intType, notText, plainText, readText, textType } from "./PlainTexts.ts"
import { rankedReader } from "./RankedFormat.ts"

const wanted = { history: "text", human_ref_A: "text", human_ref_B: "text", labels: "number" } as const
const sides = ["A", "B"] as const
const names = { id: "post_id" }

/**
 * Stanford Human Preferences: `history`, `human_ref_A`, `human_ref_B`, and `labels` that is 1 where A is preferred and 0 where B is.
 *
 * The upvotes in `score_A` and `score_B` are the scores, `post_id` is the id. Written is the chosen reply as A, single texts alone.
 *
 * Source: https://huggingface.co/datasets/stanfordnlp/SHP
 */
export const shp: Format = {
  name: "shp",
  about: "Stanford Human Preferences with upvotes",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => {
    if (recogniseColumns(look, wanted) === null) return otherColumns(look, Object.keys(wanted).join(", "))
    const hasScores = recogniseColumns(look, { score_A: "number", score_B: "number" }) !== null
    return rankedReader(look, {
      kind: "pair",
      style: "text",
      parts: [
        { part: "prompt", column: "history" },
        { part: "chosen", column: "human_ref_A" },
        { part: "rejected", column: "human_ref_B" },
        { part: "label", column: "labels" },
        ...(hasScores ? sides.map((side) => ({ part: "scores", column: `score_${side}` }) as const) : [])
      ],
      names,
      context: (row) => readText(row, "history", "user"),
      candidates: (row) => {
        const label = row["labels"]
        if (label !== 0 && label !== 1) return new FormatFlaw("no label", "labels", kindOf(label), "1 for A or 0 for B")
        const found = []
        for (const side of sides) {
          const text = row[`human_ref_${side}`]
          if (typeof text !== "string") return notText(text, `human_ref_${side}`)
          const score = row[`score_${side}`]
          found.push({
            messages: [textMessage("assistant", text)],
            rank: (side === "A") === (label === 1) ? 0 : 1,
            score: typeof score === "number" && Number.isFinite(score) ? score : null,
            model: null
          })
        }
        return found
      }
    })
  },
  writer: (holding) => {
    const hasScores = holding.parts.some(({ part }) => part === "scores")
    return pairWriter(holding, {
      columns: [
        { name: "history", type: textType },
        { name: "human_ref_A", type: textType },
        { name: "human_ref_B", type: textType },
        { name: "labels", type: intType }
      ],
      parts: [
        { part: "prompt", column: "history" },
        { part: "chosen", column: "human_ref_A" },
        { part: "rejected", column: "human_ref_B" },
        { part: "label", column: "labels" }
      ],
      names: hasScores ? { ...names, scores: ["score_A", "score_B"] } : names,
      texts: (pair) => {
        const history = plainText(pair.context, "history")
        if (history instanceof FormatFlaw) return history
        const first = plainText(pair.chosen, "human_ref_A")
        if (first instanceof FormatFlaw) return first
        const second = plainText(pair.rejected, "human_ref_B")
        return second instanceof FormatFlaw ? second : { history, human_ref_A: first, human_ref_B: second, labels: 1 }
      }
    })
  }
}
