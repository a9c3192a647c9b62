import { assert, describe, it } from "@effect/vitest"
import { Bodies, type Body } from "../../src/providers/Bodies.ts"

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A body that hands over as much as it may, ten bytes at a time. */
class Sender {
  readonly body: Body
  readonly #bodies: Bodies
  isPaused = false
  isTooLong = false

  constructor(bodies: Bodies) {
    this.#bodies = bodies
    this.body = bodies.open({ pause: () => (this.isPaused = true), resume: () => (this.isPaused = false) })
  }

  get nBytes(): number {
    return this.body.nBytes
  }

  send(): void {
    if (!this.isPaused && !this.isTooLong) this.isTooLong = !this.#bodies.take(this.body, Buffer.alloc(10, 120))
  }
}

const begin = (n: number, more: Partial<ConstructorParameters<typeof Bodies>[0]> = {}) => {
  const bodies = new Bodies({ most: 1000, longest: 400, small: 20, ...more })
  return { bodies, senders: Array.from({ length: n }, () => new Sender(bodies)) }
}

describe("Bodies", () => {
  it("Bodies gives what came, in order, and holds nothing after that", () => {
    const { bodies } = begin(0)
    const body = bodies.open({ pause: () => assert.fail("paused"), resume: () => assert.fail("resumed") })
    assert.isTrue(bodies.take(body, Buffer.from("ab")))
    assert.isTrue(bodies.take(body, new Uint8Array([99])))
    assert.strictEqual(bodies.nBytes, 3)
    assert.strictEqual(bodies.whole(body).toString(), "abc")
    assert.strictEqual(bodies.nBytes, 0)
    bodies.close(body)
    assert.strictEqual(bodies.nBytes, 0)
    assert.strictEqual(bodies.whole(bodies.open(body.flow)).length, 0)
  })

  it("Bodies holds nobody up while there is room, and ends a body that is too long", () => {
    const { bodies, senders } = begin(2)
    for (let i = 0; i < 41; i++) for (const sender of senders) sender.send()
    assert.deepStrictEqual(
      senders.map(({ isPaused, isTooLong, nBytes }) => [isPaused, isTooLong, nBytes]),
      [
        [false, true, 0],
        [false, true, 0]
      ]
    )
    assert.strictEqual(bodies.nBytes, 0)
  })

  it("Bodies that never end hold no more together than was allowed, and end one after the other", async () => {
    const { bodies, senders } = begin(30)
    let most = 0
    for (let i = 0; i < 2000 && senders.some(({ isTooLong }) => !isTooLong); i++) {
      for (const sender of senders) {
        sender.send()
        most = Math.max(most, bodies.nBytes)
      }
      await turn()
    }
    assert.isTrue(senders.every(({ isTooLong }) => isTooLong))
    assert.isAtMost(most, 1000 + 400 + 30 * (20 + 10))
    assert.strictEqual(bodies.nBytes, 0)
  })

  it("Bodies that end arrive whole, however many there are", async () => {
    const { bodies, senders } = begin(30)
    const whole: Array<number> = []
    const left = new Set(senders)
    for (let i = 0; i < 2000 && left.size > 0; i++) {
      for (const sender of left) {
        sender.send()
        if (sender.nBytes < 400) continue
        whole.push(bodies.whole(sender.body).length)
        left.delete(sender)
      }
      await turn()
    }
    assert.deepStrictEqual(
      whole,
      Array.from(senders, () => 400)
    )
    assert.strictEqual(bodies.nBytes, 0)
  })

  it("Bodies lets small ones pass, and others go on where the one ahead of them is given up", async () => {
    const { bodies, senders } = begin(5, { most: 100 })
    const [ahead, heldUp, other, small] = senders
    for (let i = 0; i < 11; i++) ahead!.send()
    for (const sender of [heldUp!, other!]) for (let i = 0; i < 3; i++) sender.send()
    for (let i = 0; i < 2; i++) small!.send()
    assert.deepStrictEqual(
      senders.map(({ isPaused }) => isPaused),
      [false, true, true, false, false]
    )
    bodies.close(ahead!.body)
    assert.isTrue(heldUp!.isPaused, "not from within")
    await turn()
    assert.deepStrictEqual([heldUp!.isPaused, other!.isPaused], [false, false])
  })
})
