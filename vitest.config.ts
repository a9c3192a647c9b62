import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["@prefloom/source"] },
  ssr: { resolve: { conditions: ["@prefloom/source"] } },
  test: {
    dir: "test",
    include: ["**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000
  }
})
