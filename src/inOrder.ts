import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { Batch } from "./Batch.ts"

/** Rows that come out together at most; few, and a small part of `ahead`, so that one slow row holds back few others. */
const fragmentSize = 64
/** How long rows wait for their neighbours to come out together. */
const patience = "200 millis"
/** In the place of a result that is not there yet. */
const missing = Symbol("missing")

interface Fragment<In, Out, E> {
  readonly rows: ReadonlyArray<In>
  readonly results: Array<Out | typeof missing>
  nStarted: number
  nMissing: number
  /** Results that came out already. */
  nTaken: number
  readonly done: Deferred.Deferred<void, E>
  /** Set while the consumer waits for the first row that has not come out, without patience for the others. */
  next: Deferred.Deferred<void, E> | undefined
}

/**
 * Runs one effect per row, `concurrency` at a time across batch borders, and gives the results in input order.
 *
 * A slow row does not stop others: up to `ahead` rows may be admitted and not yet taken by the consumer, which also bounds
 * memory when the consumer is slow. With latencies of a heavy tail `ahead` should be some 32 times `concurrency`, so that
 * one straggler does not leave lanes idle. The first failure ends the stream behind the results that are complete up to there;
 * it waits for no slower row, starts none and interrupts what is running. Rows take turns on `concurrency` fibers; the input is
 * read on when the rows that wait for their turn are few, not as far as `ahead` allows.
 * Batches that come out have at most 64 rows, fewer where the next ones take long, so that who wants only some rows pays for few
 * more; their borders carry no meaning.
 */
export const inOrder = <In, Out, E0, R0, E, R>(
  input: Stream.Stream<Batch<In>, E0, R0>,
  run: (row: In) => Effect.Effect<Out, E, R>,
  limits: { readonly concurrency: number; readonly ahead: number }
): Stream.Stream<ReadonlyArray<Out>, E0 | E, R0 | R> =>
  Stream.unwrap(
    Effect.gen(function* () {
      type Part = Fragment<In, Out, E>
      const scope = yield* Effect.scope
      const size = Math.max(1, Math.min(fragmentSize, Math.floor(limits.ahead / 16)))
      const window = Semaphore.makeUnsafe(limits.ahead)
      const queue = yield* Queue.unbounded<Part, E0 | E | Cause.Done>()
      const unfinished = new Set<Part>()
      const unstarted: Array<Part> = []
      // Enough for every lane to go on. More would only be kept in memory, all of them where rows are done as fast as they are read.
      const mostUnstarted = Math.ceil(limits.concurrency / size)
      let room: Deferred.Deferred<void> | undefined
      let nLanes = 0
      let failure: Exit.Failure<never, E> | undefined

      const settle = (fragment: Part, position: number, exit: Exit.Exit<Out, E>) => {
        if (Exit.isSuccess(exit)) {
          fragment.results[position] = exit.value
          fragment.nMissing--
          if (position === fragment.nTaken && fragment.next !== undefined) Deferred.doneUnsafe(fragment.next, Exit.void)
          if (fragment.nMissing > 0) return
          unfinished.delete(fragment)
          Deferred.doneUnsafe(fragment.done, Exit.void)
        } else if (failure === undefined) {
          failure = Exit.failCause(exit.cause) as Exit.Failure<never, E>
          for (const { done, next } of unfinished) {
            Deferred.doneUnsafe(done, failure)
            if (next !== undefined) Deferred.doneUnsafe(next, failure)
          }
        }
      }

      // A lane goes straight from one row to the next: waking the admitting fiber for each row costs 5 % of the throughput.
      const lane = Effect.gen(function* () {
        while (failure === undefined && unstarted.length > 0) {
          const fragment = unstarted[0]!
          const position = fragment.nStarted++
          if (fragment.nStarted === fragment.rows.length) {
            unstarted.shift()
            if (room !== undefined && unstarted.length <= mostUnstarted) Deferred.doneUnsafe(room, Exit.void)
          }
          const exit = yield* Effect.exit(Effect.suspend(() => run(fragment.rows[position]!)))
          settle(fragment, position, exit)
        }
        nLanes--
      })

      const admit = (batch: Batch<In>) =>
        Effect.gen(function* () {
          for (let from = 0; from < batch.rows.length; from += size) {
            const rows = batch.rows.slice(from, from + size)
            if (unstarted.length > mostUnstarted) {
              room = Deferred.makeUnsafe()
              yield* Deferred.await(room)
              room = undefined
            }
            yield* window.take(rows.length)
            if (failure !== undefined) return yield* failure
            const fragment: Part = {
              rows,
              results: Array.from({ length: rows.length }, () => missing),
              nStarted: 0,
              nMissing: rows.length,
              nTaken: 0,
              done: Deferred.makeUnsafe(),
              next: undefined
            }
            unfinished.add(fragment)
            unstarted.push(fragment)
            yield* Queue.offer(queue, fragment)
            const nFree = Math.min(rows.length, limits.concurrency - nLanes)
            for (let n = 0; n < nFree; n++) {
              nLanes++
              yield* Effect.forkIn(lane, scope)
            }
          }
        })

      yield* Stream.runForEach(input, admit).pipe(
        Effect.onExit((exit) => (Exit.isFailure(exit) ? Queue.failCause(queue, exit.cause) : Queue.end(queue))),
        Effect.forkIn(scope)
      )

      const hasNext = (fragment: Part): boolean => fragment.results[fragment.nTaken] !== missing

      /** Waits for the rest, for a while, and then for the next row alone; fails where a failure comes before the next row. */
      const ready = (fragment: Part) =>
        Effect.catchCause(
          Deferred.isDoneUnsafe(fragment.done)
            ? Deferred.await(fragment.done)
            : Effect.timeoutOrElse(Deferred.await(fragment.done), {
                duration: patience,
                orElse: () => {
                  if (hasNext(fragment)) return Effect.void
                  fragment.next = Deferred.makeUnsafe()
                  return Deferred.await(fragment.next)
                }
              }),
          (cause) => (failure !== undefined && hasNext(fragment) ? Effect.void : Effect.failCause(cause))
        )

      const taken = (fragment: Part): ReadonlyArray<Out> => {
        const end = fragment.results.indexOf(missing, fragment.nTaken)
        const results = fragment.results.slice(fragment.nTaken, end < 0 ? undefined : end) as ReadonlyArray<Out>
        fragment.nTaken += results.length
        return results
      }

      const resultsOf = (fragment: Part) =>
        Stream.unfold(fragment, (left) =>
          left.nTaken === left.rows.length
            ? Effect.undefined
            : Effect.flatMap(ready(left), () => {
                const results = taken(left)
                return Effect.as(window.release(results.length), [results, left] as const)
              })
        )

      return Stream.flatMap(Stream.fromQueue(queue), resultsOf)
    })
  )
