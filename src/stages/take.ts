import { reshape } from "../Stage.ts"

/**
 * Lets the first `n` rows through and ends the pipeline there.
 *
 * Behind a filter it gives exactly `n` accepted rows, as long as the source lasts: `take(1000)`. Right behind the source it caps
 * the candidates that may be tried: `jsonl(…).pipe(take(5000), generate(…), filter(…), take(1000))`. With fewer rows than `n` the
 * report warns and says how many there were. Which rows come through depends on their order alone. Rows that are under way when the last
 * one comes through are not part of the data set, and no call starts for them any more; answers that were paid for stay in the journal.
 * So that these are few, stages in front go ahead of their slowest row by no more than twice the calls in flight, and wait where a
 * call takes long; running again may ask for as many more.
 */
export const take = (n: number) => {
  if (!Number.isInteger(n) || n < 1) throw new Error(`Cannot take rows: found ${n}, expected a positive integer`)
  return reshape({
    name: "take",
    needs: {},
    gives: {},
    keeps: true,
    config: { n },
    most: n,
    row: () => [{}],
    tally: () => {
      let given = 0
      return {
        add: () => {
          given++
        },
        finding: () => ({
          kind: "taken",
          asked: n,
          given,
          warnings:
            given === n
              ? []
              : [
                  {
                    code: "tooFewRows",
                    message: `${given} of the ${n} rows asked for came through before the source ended; give it more rows, or see in the rejects what the stages in front refuse`
                  }
                ]
        })
      }
    }
  })
}
