import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'
import LongestFirst from './tests/support/longest-first.ts'
import { memoryFolder } from './tests/support/memory-folder.ts'

// Black-box tests start some hundreds of processes of the same code: compiled once, each starts in two thirds of the time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.tools', 'compile-cache')

// Every system, log and browser profile of a test is a temporary file. None of them has to survive the machine.
const folder = memoryFolder()
if (folder !== undefined) process.env.TMPDIR ??= folder

export default defineConfig({
  test: {
    // Both end what hangs and measure nothing: on a machine with other work, a process may take a minute to start, and
    // tests that send thousands of requests take three times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A second, which is the default, is not always enough for a request on such a machine.
    expect: { poll: { timeout: 20_000 } },
    // One more than CI's cores: black-box tests wait for processes as much as they work.
    maxWorkers: 3,
    maxConcurrency: 20,
    // To start a process and import the same packages again takes 0.4 s of CPU for each file, as long as most files take.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './tests/support/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{api,worker,shared,client,web,scripts,deploy}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'black-box',
          include: ['{local,tests}/**/*.test.ts'],
          // `npm run test:deploy` runs those that need root and programs of Debian.
          exclude: [...configDefaults.exclude, 'tests/web/**', 'tests/deploy/**'],
        },
      },
      // Pages are last: a browser would take the processor from the tests that bound a time.
      {
        extends: true,
        test: { name: 'pages', include: ['tests/web/**/*.test.ts'], sequence: { groupOrder: 1 } },
      },
    ],
  },
})
