const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  throw new Error(
    `Cannot run the tests: found Node ${process.versions.node}, expected 22.19 or newer; run "npm ci" without --ignore-scripts so that the node package is installed`
  )
}
