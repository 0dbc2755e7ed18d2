const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // A host name with several addresses, none of which answers, gives an error whose message is empty.
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : error.message
}

/** Ends a process that cannot start: writes the message of an error, without its stack, and exits with code 1. */
export const exitWith = (error: unknown): never => {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exit(1)
}

/** Makes a step of a process's start end the process with the message of the error that the step throws. */
export const orExit =
  <Args extends unknown[], Result>(step: (...args: Args) => Result) =>
  (...args: Args): Result => {
    try {
      return step(...args)
    } catch (error) {
      return exitWith(error)
    }
  }
