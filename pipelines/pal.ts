/**
 * PAL: comparisons that know who made them, from annotators of planted tastes, seen and unseen.
 *
 * Paper: PAL: Pluralistic Alignment Framework for Learning from Heterogeneous Preferences, https://arxiv.org/abs/2406.08469.
 * Reproduced: summaries by supervised policies alone, labelled anew by their worker's rule: of the ten most active seven prefer the longer
 *   one and three the shorter one; of every unseen worker exactly so many training comparisons; the worker stays in every row.
 * Outside: the ideal-point mixture that is trained on the rows.
 * Constants: from the authors' code: ten workers, the 4th to 6th prefer shorter ones, equal lengths go to the right, 1, 2, 5, 10, 20, 50 or
 *   100 comparisons of an unseen worker; ours: a fifth of the prompts for testing and three tenths of the unseen preferring shorter ones.
 * Needs: no model; id, worker, prompt, left, right, policies.
 */
import { adopt, bestWorst, branch, dataset, filter, into, jsonl, judge, pair, quota, split, whole } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Text = Schema.String
const policies = Schema.Array(Text)
const Comparison = { id: Text, worker: Text, prompt: Text, left: Text, right: Text, policies }
const taste = Schema.Literals(["longer", "shorter"])
const Who = { worker: Text, user: Schema.Literals(["seen", "unseen"]), taste }
const nUnseen = 2

/** Who is among the ten most active workers, and what each prefers. */
const people = whole({
  name: "people",
  needs: { worker: Text },
  gives: { user: Who.user, taste },
  keeps: true,
  begin: ({ random }) => {
    const counts = new Map<string, number>()
    return {
      see: ({ worker }) => counts.set(worker, (counts.get(worker) ?? 0) + 1),
      settle: Effect.sync(() => {
        const byActivity = [...counts.keys()].toSorted((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1))
        return ({ worker }) => {
          const rank = 1 + byActivity.indexOf(worker)
          const isShorter = rank <= 10 ? rank >= 4 && rank <= 6 : random(worker)() < 0.3
          return [
            {
              user: rank <= 10 ? ("seen" as const) : ("unseen" as const),
              taste: isShorter ? ("shorter" as const) : ("longer" as const)
            }
          ]
        }
      })
    }
  }
})

export const pal = jsonl("data/pal.jsonl", Comparison).pipe(
  filter({
    needs: { policies },
    reason: "not by a supervised policy",
    keep: (row) => row.policies.every((policy) => policy.includes("sup") && !policy.includes("ppo"))
  }),
  people,
  adopt({ columns: ["left", "right"], model: "supervised" }),
  judge.rule({
    annotators: ["longer", "shorter"],
    slots: { taste },
    between: (row, left, right, annotator) => {
      if (row.taste !== annotator) return null
      const isLeft =
        annotator === "longer" ? left.text.length > right.text.length : left.text.length < right.text.length
      return isLeft ? "first" : "second"
    }
  }),
  pair({ rules: [bestWorst()], carry: Who }),
  split({ test: 0.2 }),
  branch({
    by: (row) => (row.user === "unseen" && row.split === "train" ? "few" : "all"),
    routes: { few: (rows) => rows.pipe(quota({ by: "worker", exactly: nUnseen })), all: (rows) => rows }
  })
)
export default pal.pipe(into(dataset()))
