import * as v8 from "node:v8"
import * as vm from "node:vm"

/** How many bytes more this process holds, on the heap and in typed arrays, after something was done and what nobody needs any more went. */
export const bytesHeld = (work: () => void): number => {
  v8.setFlagsFromString("--expose-gc")
  const collect = vm.runInNewContext("gc") as () => void
  const held = () => {
    // What one collection finds free another gives back.
    for (let i = 0; i < 3; i++) collect()
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = held()
  work()
  return held() - before
}
