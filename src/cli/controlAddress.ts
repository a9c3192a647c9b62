import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Systems take at most 103 bytes for the path of a socket. */
const longestPath = 103

/**
 * Tells where the run that writes into `folder` listens for `prefloom ctl`: a Unix socket, on Windows a named pipe.
 *
 * It depends on the real path of the folder and on the user. The socket lies in a folder of its own in the temporary folder,
 * which is made here; throws where that does not belong to the user alone, or where `folder` does not exist.
 */
export const controlAddress = (folder: string): string => {
  const real = fs.realpathSync(folder)
  if (process.platform === "win32") return `\\\\.\\pipe\\prefloom-${shortHash(`${os.userInfo().username}\n${real}`)}`
  const user = process.getuid?.() ?? 0
  const place = [os.tmpdir(), "/tmp"].map((base) => path.join(base, `prefloom-${user}`))
  const file = `${shortHash(real)}.sock`
  const own = place.find((one) => Buffer.byteLength(path.join(one, file)) <= longestPath) ?? place[1]!
  fs.mkdirSync(own, { recursive: true, mode: 0o700 })
  const found = fs.lstatSync(own)
  if (!found.isDirectory() || found.uid !== user || (found.mode & 0o077) !== 0) {
    throw new Error(
      `Cannot use "${own}": found a folder that others may use, expected one of this user with mode 700; remove it`
    )
  }
  return path.join(own, file)
}

const shortHash = (text: string): string => crypto.hash("sha256", text).slice(0, 16)
