/**
 * Finds the strongly connected components of a directed graph: sets of nodes that reach each other.
 *
 * Edge e goes from node `from[e]` to node `to[e]`, both from 0 to `nNodes - 1`. Returns per node the number of its
 * component; numbers rise from 0 and a component comes before those that lead to it. A node in no cycle is alone. No
 * recursion, so long chains are no danger. Time and memory O(nodes + edges). Throws a RangeError on a node out of range or
 * unequal lengths.
 *
 * Source: Tarjan 1972, https://doi.org/10.1137/0201010
 */
export const strongComponents = (nNodes: number, from: Int32Array, to: Int32Array): Int32Array => {
  check(nNodes, from, to)
  const starts = new Int32Array(nNodes + 1)
  for (const node of from) starts[node + 1]!++
  for (let v = 0; v < nNodes; v++) starts[v + 1]! += starts[v]!
  const next = starts.slice()
  const heads = new Int32Array(to.length)
  for (let e = 0; e < to.length; e++) heads[next[from[e]!]!++] = to[e]!

  const component = new Int32Array(nNodes).fill(-1)
  // 0 is "not seen"; otherwise the order of discovery, and the earliest node of the stack within reach.
  const order = new Int32Array(nNodes)
  const low = new Int32Array(nNodes)
  const at = starts.slice(0, nNodes)
  const open: Array<number> = []
  const path: Array<number> = []
  let nSeen = 0
  let nComponents = 0
  const enter = (v: number) => {
    order[v] = low[v] = ++nSeen
    open.push(v)
    path.push(v)
  }
  for (let root = 0; root < nNodes; root++) {
    if (order[root] !== 0) continue
    enter(root)
    while (path.length > 0) {
      const v = path.at(-1)!
      if (at[v]! < starts[v + 1]!) {
        const w = heads[at[v]!++]!
        if (order[w] === 0) enter(w)
        else if (component[w] === -1) low[v] = Math.min(low[v]!, order[w]!)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[v]!)
      if (low[v] !== order[v]) continue
      let member: number
      do {
        member = open.pop()!
        component[member] = nComponents
      } while (member !== v)
      nComponents++
    }
  }
  return component
}

const check = (nNodes: number, from: Int32Array, to: Int32Array): void => {
  const action = "Cannot find components"
  if (from.length !== to.length) {
    throw new RangeError(`${action}: found ${from.length} starts and ${to.length} ends, expected one each per edge`)
  }
  for (const nodes of [from, to]) {
    const bad = nodes.findIndex((node) => node < 0 || node >= nNodes)
    if (bad >= 0) {
      throw new RangeError(`${action}: found node ${nodes[bad]} in edge ${bad}, expected 0 to ${nNodes - 1}`)
    }
  }
}
