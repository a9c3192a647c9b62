import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Browser, chromium } from "playwright-core"
import type { Manifest } from "../../src/Manifest.ts"
import { renderReport } from "../../src/report/renderReport.ts"
import { emptyManifest, fullManifest } from "./fixture.ts"
import { pageProbe } from "./pageProbe.ts"

const executablePath = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
].find((candidate) => candidate !== undefined && fs.existsSync(candidate))

if (executablePath === undefined) {
  process.stderr.write("Skipped the browser tests of the report: no Chromium was found; set CHROMIUM_PATH to one\n")
}

const manifests: Readonly<Record<string, Manifest>> = { full: fullManifest, empty: emptyManifest }
const widths = [320, 360, 1280]
const schemes = ["light", "dark"] as const
const cases = Object.keys(manifests).flatMap((name) =>
  widths.flatMap((width) => schemes.map((scheme) => ({ name, width, scheme })))
)

describe.skipIf(executablePath === undefined)("renderReport in a browser", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-report-"))
  let browser: Browser

  beforeAll(async () => {
    await Promise.all(
      Object.entries(manifests).map(([name, manifest]) =>
        renderReport(manifest, { files: manifest.files, outName: name }).then((page) =>
          fs.writeFileSync(path.join(folder, `${name}.html`), page)
        )
      )
    )
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync"
      ]
    })
  })

  afterAll(async () => {
    await browser?.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  for (const { name, scheme, width } of cases) {
    it(`the ${name} report is whole and readable at ${width} px in ${scheme}`, async () => {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme })
      try {
        const address = pathToFileURL(path.join(folder, `${name}.html`)).href
        const messages: Array<string> = []
        const requests: Array<string> = []
        page.on("console", (message) => messages.push(message.text()))
        page.on("pageerror", (error) => messages.push(error.message))
        page.on("dialog", (dialog) => {
          messages.push(`dialog ${dialog.message()}`)
          void dialog.dismiss()
        })
        page.on("request", (request) => requests.push(request.url()))
        await page.goto(address)
        await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")

        assert.deepStrictEqual(messages, [])
        assert.deepStrictEqual(requests, [address])
        assert.deepStrictEqual(await page.evaluate(pageProbe), [])
        assert.isAtLeast(await page.locator("svg, table").count(), name === "full" ? 15 : 5)
        assert.strictEqual(await page.evaluate("document.scripts.length"), 0)
      } finally {
        await page.close()
      }
    })
  }

  it("the page is well-formed XML as well", async () => {
    const page = await browser.newPage()
    const found = await Promise.all(
      Object.keys(manifests).map((name) => {
        const text = JSON.stringify(fs.readFileSync(path.join(folder, `${name}.html`), "utf8"))
        const parsed = `new DOMParser().parseFromString(${text}, "application/xhtml+xml")`
        return page.evaluate(`${parsed}.querySelector("parsererror")?.textContent ?? null`)
      })
    )
    assert.deepStrictEqual(found, [null, null])
    await page.close()
  })
})
