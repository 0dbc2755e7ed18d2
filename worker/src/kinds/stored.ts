/**
 * A statement that stores results of many runs in a table of the kind's own, in the transaction that ends these runs. It
 * follows the change of status. `$1` is a JSON array of rows, each with the fence of its run: `generation_id` and `attempt`.
 * The statement must write only rows whose generation has succeeded in this attempt. Its name needs to differ within the
 * kind only.
 */
export type Storing = { name: string; text: string }

/** What a result adds to the rows of one statement. */
export type Stored = { by: Storing; rows: object[] }

/** Postgres cuts longer names of statements, which could make two of them equal. */
const longestName = 63

/**
 * A statement under a name of its kind's own. A connection prepares one text for each name, so a name that two kinds
 * share, or a kind and the worker, would fail the commit of one of them.
 * @throws RangeError when the name is too long
 */
export const namedWithin = (kindId: string, { by, rows }: Stored): Stored => {
  const name = `${kindId}:${by.name}`
  if (Buffer.byteLength(name) > longestName) throw new RangeError(`the name of a statement is too long: ${name}`)
  return { by: { ...by, name }, rows }
}
