import { defineConfig } from 'vitest/config'

/**
 * `npm run test:deploy`: what needs root and programs of Debian (README.md lists them), so not part of `npm test`.
 */
export default defineConfig({
  test: {
    root: '.',
    include: ['tests/deploy/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 1,
    reporters: ['default', './tests/support/closing-line.ts'],
  },
})
