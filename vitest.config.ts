import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Black-box tests start some hundreds of processes of the same code: compiled once, each starts in two thirds of the time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.tools', 'compile-cache')

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // A hook starts several processes one after another. Each may take a minute on a machine with other work.
    hookTimeout: 180_000,
    // A second, which is the default, is not always enough for a request on such a machine.
    expect: { poll: { timeout: 20_000 } },
    // One more than CI's cores: black-box tests wait for processes as much as they work.
    maxWorkers: 3,
    maxConcurrency: 20,
    reporters: ['default', './tests/support/closing-line.ts'],
    projects: [
      {
        extends: true,
        // Most files are done sooner than a process of their own has started.
        test: { name: 'unit', include: ['{api,worker,shared,scripts}/**/*.test.ts'], isolate: false },
      },
      { extends: true, test: { name: 'black-box', include: ['{local,tests}/**/*.test.ts'] } },
    ],
  },
})
