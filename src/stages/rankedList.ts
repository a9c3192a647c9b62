import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Labels } from "../../schemas/Label.ts"
import { Ranked } from "../../schemas/Ranked.ts"
import { plainText } from "../math/plainText.ts"
import { rankScores } from "../pairings/rankScores.ts"
import { reject } from "../Rejects.ts"
import { reshape } from "../Stage.ts"
import { usableContenders } from "./usableContenders.ts"

/**
 * Puts each prompt's candidates in the order of their scores, best first, ties as equal ranks.
 *
 * Scores and the candidates that count are those of `pair`; candidates without a score are left out. Texts that are equal but for
 * white space and case stand once, under the smallest id, with the mean of their scores. Within a rank the order is that of the
 * ids and says nothing. A prompt with less than two scored texts, or with equal scores alone, becomes a reject.
 */
export const rankedList = () =>
  reshape({
    name: "rankedList",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    uses: Labels,
    gives: Ranked,
    keeps: false,
    row: (row) => {
      const byText = new Map<string, { id: string; text: string; model: string; scores: Array<number> }>()
      for (const { id, model, score, text } of usableContenders(row).toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
        if (score === null) continue
        const one = byText.get(plainText(text))
        if (one === undefined) byText.set(plainText(text), { id, text, model, scores: [score] })
        else one.scores.push(score)
      }
      const scored = [...byText.values()]
      if (scored.length < 2) {
        const found = `${scored.length} of ${row.candidates.length} candidates have a score and a text of their own`
        return [reject("tooFew", `${found}, expected 2`)]
      }
      const scores = scored.map((one) => one.scores.reduce((sum, score) => sum + score, 0) / one.scores.length)
      const ranks = rankScores(scores)
      const responses = scored
        .map(({ id, model, text }, i) => ({ id, text, model, score: scores[i]!, rank: ranks[i]! + 1 }))
        .toSorted((a, b) => a.rank - b.rank)
      const nRanks = responses.at(-1)!.rank
      if (nRanks === 1) return [reject("tie", `All ${scored.length} scores are ${scores[0]}`)]
      return [{ id: row.id, prompt: row.prompt, responses, nRanks }]
    }
  })
