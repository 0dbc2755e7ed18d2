import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{api,worker,shared,local,scripts,tests}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    maxConcurrency: 20,
    reporters: ['default', './tests/support/closing-line.ts'],
  },
})
