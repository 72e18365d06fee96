import { defineConfig } from "vitest/config";

// What touches mounts, loop devices or the kernel's overlay module runs one
// file after the other: the kernel log and the mount table are shared.
const alone = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // @oclif/test reads the output itself.
    disableConsoleIntercept: true,
    reporters: ["default", "./scripts/summary-reporter.ts"],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
    projects: [
      {
        extends: true,
        // Some make tens of thousands of files; how long that takes is no matter of right and wrong.
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          sequence: { groupOrder: 0 },
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "kernel",
          include: ["test/{kernel,cli,crash}/**/*.test.ts"],
          sequence: { groupOrder: 1 },
          ...alone,
        },
      },
    ],
  },
});
