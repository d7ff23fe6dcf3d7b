import { defineConfig } from "vitest/config";

const conditions = ["@swarmkit/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.{ts,tsx}"],
        },
      },
      { extends: true, test: { name: "tidy", include: ["test/tidy/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "sim",
          include: ["test/sim/**/*.test.ts", "test/lib/**/*.test.ts"],
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each of these starts whole swarms; two cores do not carry several at once.
          fileParallelism: false,
        },
      },
    ],
  },
});
