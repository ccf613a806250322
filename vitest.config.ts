import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    server: { deps: { inline: ["use-dynamodb", "use-async-helpers"] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
