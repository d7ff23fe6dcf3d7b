import { defineConfig } from "vitest/config";

const conditions = ["@swarmkit/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/*/src/**/*.test.{ts,tsx}"] } },
      { extends: true, test: { name: "sim", include: ["test/sim/**/*.test.ts"] } },
    ],
  },
});
