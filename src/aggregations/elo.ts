/** One game: who met whom, and what the first got: 1 for a win, 0.5 for a tie, 0 for a loss. */
export interface Game {
  readonly first: number
  readonly second: number
  readonly points: number
}

/** How much a game moves ratings, and where they start. */
export interface EloOptions {
  /** Most points that one game moves. Default 32. */
  readonly k?: number
  /** Rating of everybody before the first game. Default 1,000. */
  readonly start?: number
}

/**
 * Rates players game by game: the winner takes `k (1 - p)` points from the loser, where p is how likely the win was.
 *
 * A lead of 400 points means odds of 10 to 1. The order of the games matters, late ones more; where they have no order take
 * `bradleyTerry`. Points are only moved, so their sum stays. A player without games keeps `start`. Throws a RangeError on a player
 * out of range or against itself, and on points outside 0 to 1.
 *
 * Source: Elo, The Rating of Chessplayers (1978)
 */
export const elo = (nPlayers: number, games: Iterable<Game>, options: EloOptions = {}): Float64Array => {
  const { k = 32, start = 1000 } = options
  const ratings = new Float64Array(nPlayers).fill(start)
  for (const { first, points, second } of games) {
    const [own, other] = [ratings[first], ratings[second]]
    if (first === second || own === undefined || other === undefined) {
      throw new RangeError(
        `Cannot rate games: found players ${first} and ${second}, expected two different ones from 0 to ${nPlayers - 1}`
      )
    }
    if (!(points >= 0 && points <= 1)) {
      throw new RangeError(`Cannot rate games: found ${points} points, expected 0 to 1`)
    }
    const expected = 1 / (1 + 10 ** ((other - own) / 400))
    const moved = k * (points - expected)
    ratings[first] = own + moved
    ratings[second] = other - moved
  }
  return ratings
}
