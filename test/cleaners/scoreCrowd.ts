import { consensus } from "../../src/cleaners/consensus.ts"
import { crowdBt } from "../../src/cleaners/crowdBt.ts"
import { dawidSkene } from "../../src/cleaners/dawidSkene.ts"
import { glad } from "../../src/cleaners/glad.ts"
import { majorityVote } from "../../src/cleaners/majorityVote.ts"
import { noisyBradleyTerry } from "../../src/cleaners/noisyBradleyTerry.ts"
import { oneCoinDawidSkene } from "../../src/cleaners/oneCoinDawidSkene.ts"
import { votesPerAnnotator } from "../../src/cleaners/Votes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import type { RealCrowd } from "./realCrowds.ts"

/** What a model makes of part of the votes. */
interface Fitted {
  /** Items by classes. */
  readonly classProb: Float64Array
  /** Scores of the classes that annotator k would give to item i; k is -1 for one never seen. */
  readonly predict: (i: number, k: number) => ArrayLike<number>
}

/** Keeps the votes for which `keep` is 1. */
const part = (crowd: RealCrowd, keep: Uint8Array): RealCrowd => {
  const { comparisonOf, comparisons, votes } = crowd
  const chosen = { ...votes, ...pick(votes, ["item", "annotator", "label"], (v) => keep[v] === 1) }
  if (comparisons === undefined) return { ...crowd, votes: chosen }
  const kept = new Set([...comparisonOf!.keys()].filter((v) => keep[v] === 1).map((v) => comparisonOf![v]!))
  const columns = ["first", "second", "firstWon", "annotator"] as const
  return { ...crowd, votes: chosen, comparisons: { ...comparisons, ...pick(comparisons, columns, (i) => kept.has(i)) } }
}

const pick = <T, K extends keyof T>(table: T, columns: ReadonlyArray<K>, keeps: (row: number) => boolean): Pick<T, K> =>
  Object.fromEntries(
    columns.map((name) => [name, (table[name] as unknown as Int32Array).filter((_, row) => keeps(row))])
  ) as unknown as Pick<T, K>

/** Mean over annotators, each counted by its votes. */
const pooled = (values: Float64Array, nLabels: Int32Array) => {
  let sum = 0
  let n = 0
  for (const [k, value] of values.entries()) {
    if (nLabels[k] === 0) continue
    sum += nLabels[k]! * value
    n += nLabels[k]!
  }
  return sum / n
}

const oneCoin = (classProb: Float64Array, nClasses: number, chance: (i: number, k: number) => number): Fitted => ({
  classProb,
  predict: (i, k) => {
    const r = chance(i, k)
    return Float64Array.from({ length: nClasses }, (_, l) => {
      const p = classProb[i * nClasses + l]!
      return p * r + ((1 - p) * (1 - r)) / (nClasses - 1)
    })
  }
})

const models: Record<string, (crowd: RealCrowd) => Fitted | undefined> = {
  majority: ({ votes }) => {
    const { classProb } = majorityVote(votes)
    return { classProb, predict: (i) => classProb.subarray(i * votes.nClasses, (i + 1) * votes.nClasses) }
  },
  oneCoinDawidSkene: ({ votes }) => {
    const { classProb, nLabels, reliability } = oneCoinDawidSkene(votes)
    const mean = pooled(reliability, nLabels)
    return oneCoin(classProb, votes.nClasses, (_, k) => (nLabels[k]! > 0 ? reliability[k]! : mean))
  },
  dawidSkene: ({ votes }) => {
    const { nClasses } = votes
    const size = nClasses * nClasses
    const { classProb, confusion, nLabels } = dawidSkene(votes)
    const mean = Float64Array.from({ length: size }, (_, cell) =>
      pooled(
        Float64Array.from(nLabels, (_n, k) => confusion[k * size + cell]!),
        nLabels
      )
    )
    return {
      classProb,
      predict: (i, k) => {
        const table = nLabels[k]! > 0 ? confusion.subarray(k * size, (k + 1) * size) : mean
        return Float64Array.from({ length: nClasses }, (_, l) => {
          let p = 0
          for (let c = 0; c < nClasses; c++) p += classProb[i * nClasses + c]! * table[c * nClasses + l]!
          return p
        })
      }
    }
  },
  glad: ({ votes }) => {
    const { ability, classProb, logEase, nLabels } = glad(votes)
    const mean = pooled(ability, nLabels)
    return oneCoin(classProb, votes.nClasses, (i, k) =>
      sigmoid((nLabels[k]! > 0 ? ability[k]! : mean) * Math.exp(logEase[i]!))
    )
  },
  crowdBt: ({ candidates, comparisons, votes }) => {
    if (comparisons === undefined || votes.nClasses !== 2) return undefined
    const { nLabels, reliability, score } = crowdBt(comparisons)
    const mean = pooled(reliability, nLabels)
    const classProb = Float64Array.from(candidates!.flatMap(([a, b]) => twoSides(score[a]! - score[b]!)))
    return oneCoin(classProb, 2, (_, k) => (nLabels[k]! > 0 ? reliability[k]! : mean))
  },
  noisyBradleyTerry: ({ candidates, comparisons, votes }) => {
    if (comparisons === undefined || votes.nClasses !== 2) return undefined
    const { score } = noisyBradleyTerry(comparisons)
    const classProb = Float64Array.from(candidates!.flatMap(([a, b]) => twoSides(score[a]! - score[b]!)))
    // Which side was shown first is not known here, so nobody is taken to lean to one.
    return { classProb, predict: (i) => classProb.subarray(2 * i, 2 * i + 2) }
  },
  // Chooses on the votes it is given alone, so neither gold nor the votes it is scored on take part.
  consensus: ({ votes }) => {
    const { classProb } = consensus(votes)
    return { classProb, predict: (i) => classProb.subarray(i * votes.nClasses, (i + 1) * votes.nClasses) }
  }
}

const twoSides = (margin: number) => [sigmoid(margin), sigmoid(-margin)]

/** 1 if the class has the largest score, 1/n if n share it, else 0. */
const hit = (scores: ArrayLike<number>, label: number) => {
  const all = Array.from(scores)
  const floor = Math.max(...all) - 1e-9
  return all[label]! >= floor ? 1 / all.filter((score) => score >= floor).length : 0
}

/** A row of the table: shares in [0, 1], NaN where they do not apply. */
export interface CrowdScore {
  readonly model: string
  /** Items with gold whose likeliest class among those of gold is right; ties count in part. */
  readonly gold: number
  /** Gain over majority vote on gold, and its standard error over items. */
  readonly gain: number
  readonly gainError: number
  /** Votes left out, a part at a time, that the model of the rest predicts knowing who gave them. */
  readonly votes: number
  /** Votes of annotators left out altogether, a part at a time, that the model of the rest predicts for the average one. */
  readonly annotators: number
  readonly nGold: number
}

/** What `scoreCrowd` may be told. */
export interface ScoreCrowdOptions {
  /** Whose votes are predicted; default everybody's. */
  readonly isScored?: (annotator: string) => boolean
  /** Parts that are left out in turn; default 5. */
  readonly nParts?: number
}

/** Measures every model that applies to a crowd. */
export const scoreCrowd = (crowd: RealCrowd, options: ScoreCrowdOptions = {}): ReadonlyArray<CrowdScore> => {
  const { isScored = () => true, nParts = 5 } = options
  const { annotators, gold, votes } = crowd
  const { nClasses, nItems } = votes
  const random = keyedRandom("folds of a crowd")
  const foldOfVote = Uint8Array.from(votes.item, () => Math.floor(random() * nParts))
  const nFolds = Math.min(nParts, votes.nAnnotators)
  const order = [...annotators.keys()].map((k) => ({ k, key: random() })).toSorted((a, b) => a.key - b.key)
  const foldOfAnnotator = new Uint8Array(votes.nAnnotators)
  for (const [place, { k }] of order.entries()) foldOfAnnotator[k] = place % nFolds

  const heldOut = (model: (crowd: RealCrowd) => Fitted | undefined, fold: Uint8Array) => {
    let sum = 0
    let n = 0
    for (let f = 0; f < Math.max(...fold) + 1; f++) {
      const rest = part(
        crowd,
        fold.map((own) => Number(own !== f))
      )
      const fitted = model(rest)!
      const nVotes = new Int32Array(nItems)
      for (const i of rest.votes.item) nVotes[i]!++
      const seen = votesPerAnnotator(rest.votes)
      for (const [v, i] of votes.item.entries()) {
        const k = votes.annotator[v]!
        if (fold[v] !== f || nVotes[i] === 0 || !isScored(annotators[k]!)) continue
        sum += hit(fitted.predict(i, seen[k]! > 0 ? k : -1), votes.label[v]!)
        n++
      }
    }
    return sum / n
  }

  const golden = gold === undefined ? [] : [...gold.keys()].filter((i) => gold[i]! >= 0)
  const goldClasses = gold === undefined ? 0 : Math.max(...gold) + 1
  let baseline: ReadonlyArray<number> = []
  return Object.entries(models).flatMap(([name, model]) => {
    const fitted = model(crowd)
    if (fitted === undefined) return []
    const hits = golden.map((i) => hit(fitted.classProb.subarray(i * nClasses, i * nClasses + goldClasses), gold![i]!))
    if (name === "majority") baseline = hits
    const gains = hits.map((share, j) => share - baseline[j]!)
    const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
    const gain = mean(gains)
    return [
      {
        model: name,
        gold: mean(hits),
        gain,
        gainError: Math.sqrt(mean(gains.map((value) => (value - gain) ** 2)) / gains.length),
        votes: heldOut(model, foldOfVote),
        annotators: heldOut(
          model,
          Uint8Array.from(votes.annotator, (k) => foldOfAnnotator[k]!)
        ),
        nGold: golden.length
      }
    ]
  })
}
