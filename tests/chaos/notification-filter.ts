const NOTIFICATION = 'A'.charCodeAt(0)
/** A message of Postgres: its type, and its length without the type. */
const HEADER_BYTES = 5

/**
 * Reads what Postgres sends over one connection, message by message, and leaves out notifications while `drop` is true.
 * Only whole messages are passed on. The connection must not be encrypted.
 */
export const createNotificationFilter = () => {
  let rest: Buffer = Buffer.alloc(0)
  return (piece: Buffer, drop: boolean): Buffer => {
    const bytes = Buffer.concat([rest, piece])
    const kept: Buffer[] = []
    let start = 0
    while (bytes.length - start >= HEADER_BYTES) {
      const end = start + 1 + bytes.readInt32BE(start + 1)
      if (end > bytes.length) break
      if (!(drop && bytes[start] === NOTIFICATION)) kept.push(bytes.subarray(start, end))
      start = end
    }
    rest = bytes.subarray(start)
    return Buffer.concat(kept)
  }
}
