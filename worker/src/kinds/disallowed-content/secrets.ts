import { limits } from './limits.ts'

const candidate = /[A-Za-z\d][\w-]+/g
const changeOfKind = /(?<=[a-z])[A-Z\d]|(?<=[A-Z])(?:\d|[a-z](?=[a-z]))|(?<=\d)[A-Za-z]/g
const digits = /\d/g

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** Whether a string is long, contains digits, and mixes digits, capitals and small letters more than words do. */
const isOpaque = (run: string): boolean => {
  const { length, digits: leastDigits, changes } = limits.secret
  return run.length >= length && count(run, digits) >= leastDigits && count(run, changeOfKind) >= changes
}

/**
 * Prepares a source once. The returned function tells whether a text contains a key, token, hash or other opaque string
 * that the source lacks: no learner needs such a string, and the model must have it from somewhere else.
 */
export const createSecretCheck = (sourceText: string): ((text: string) => boolean) => {
  let source: string | undefined
  return (text) => {
    const secrets = (text.normalize('NFKC').match(candidate) ?? []).filter(isOpaque)
    if (secrets.length > 0) source ??= sourceText.normalize('NFKC').toLowerCase()
    return secrets.some((run) => !source?.includes(run.toLowerCase()))
  }
}
