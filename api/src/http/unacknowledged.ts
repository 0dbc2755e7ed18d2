import { readFile } from 'node:fs/promises'

/** A connection with bytes that its other side has not acknowledged. */
const row = /^ *\d+: [\dA-F]+:([\dA-F]{4}) ([\dA-F]+:[\dA-F]{4}) [\dA-F]{2} (?!0{8}:)([\dA-F]{8}):/gm

/** The unacknowledged bytes of connections, by the names of `connectionName`, in a table like /proc/net/tcp. */
export const parseUnacknowledged = (table: string): [name: string, bytes: number][] =>
  [...table.matchAll(row)].map(([, port, remote, bytes = '']) => [`${port} ${remote}`, Number.parseInt(bytes, 16)])

/**
 * Reads how many bytes each connection of this machine has sent that were not acknowledged, by its name; those without any
 * are left out. A peer that vanished acknowledges nothing, but the operating system takes what is written to it for a
 * quarter of an hour. Empty where there is no /proc.
 */
export const readUnacknowledged = async (): Promise<ReadonlyMap<string, number>> => {
  const read = (file: string) => readFile(file, 'latin1').catch(() => '')
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(read))
  return new Map(tables.flatMap(parseUnacknowledged))
}
