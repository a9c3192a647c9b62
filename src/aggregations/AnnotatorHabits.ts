import type { Judgment } from "../../schemas/Judgment.ts"

/** Counts of one annotator over the comparisons seen so far. */
export interface Habits {
  first: number
  second: number
  ties: number
  invalid: number
  /** Comparisons shown in both orders with a winner each time, and those among them whose winners agree. */
  bothOrders: number
  agreeing: number
}

/** Adds the comparisons of one prompt to the counts of their annotators. */
export const countHabits = (counts: Map<string, Habits>, judgments: ReadonlyArray<Judgment>): void => {
  const winners = new Map<string, string>()
  for (const { annotator, axis, firstId, secondId, verdict } of judgments) {
    if (secondId === null || verdict === null) continue
    let habits = counts.get(annotator)
    if (habits === undefined) {
      habits = { first: 0, second: 0, ties: 0, invalid: 0, bothOrders: 0, agreeing: 0 }
      counts.set(annotator, habits)
    }
    if (verdict === "tie") habits.ties++
    else if (verdict === "first" || verdict === "second") {
      habits[verdict]++
      const winner = verdict === "first" ? firstId : secondId
      const other = winners.get(`${annotator}\u001f${axis}\u001f${secondId}\u001f${firstId}`)
      if (other !== undefined) {
        habits.bothOrders++
        if (other === winner) habits.agreeing++
      }
      winners.set(`${annotator}\u001f${axis}\u001f${firstId}\u001f${secondId}`, winner)
    } else habits.invalid++
  }
}
