import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Reads a command's arguments. An unknown or superfluous one ends the process with exit code 2 and the usage. */
export const readArgs = <Config extends ParseArgsConfig>(usage: string, config: Config) => {
  try {
    const parsed = parseArgs({ ...config, options: { ...config.options, help: { type: 'boolean', short: 'h' } } })
    if (!('help' in parsed.values && parsed.values.help)) return parsed
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`)
    process.exit(2)
  }
}

/** Runs a command. An error sets exit code 1, and its message goes to stderr. */
export const runCommand = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
