import type pg from 'pg'
import { type Answer, type Statement, sqlState, type Tx } from './database.ts'

/**
 * The work that touches rows of several accounts, by its reason. Everything else stays within one account
 * (docs/adr/0013-one-account-per-transaction.md).
 */
export type AcrossAccounts =
  /** Lists, reviews, exports and erases what one person has, in all accounts of that person. */
  | 'person'
  /** Answers several readers at once. */
  | 'readers'
  /** Claims the generations of jobs that the queue delivers together. */
  | 'claims'
  /** Starts calls, and ends runs and calls, that meet in one worker. */
  | 'runs'
  /** Writes what is known of running requests of several accounts together. */
  | 'call_progress'
  /** Finds what dead workers left, and jobs that may run again. */
  | 'recovery'
  /** Finds calls whose cost is to be looked up. */
  | 'settlement'
  /** Finds connection checks that nobody has claimed. */
  | 'connection_checks'
  /** Finds budget alerts that are not enqueued, and incidents. */
  | 'alerts'
  /** Finds deliveries to webhooks that are due, and those whose worker died. */
  | 'webhooks'
  /** Deletes what has been kept for its time, and completes interrupted erasures. */
  | 'retention'
  /** Sums up the usage of a day. */
  | 'usage'
  /** Reads the views of operators. */
  | 'operator'

/**
 * Whose rows a transaction touches: those of an account, of the account that this generation, webhook or connection check
 * belongs to, or of several. Only the API may name a webhook, and only the worker a connection check.
 */
export type Scope =
  | { account: string }
  | { generation: string }
  | { webhook: string }
  | { connectionCheck: string }
  | { across: AcrossAccounts }

/**
 * The SQL expression by which a statement names a scope until the end of its transaction, with `value` as its parameter
 * `parameter`. A statement that is a transaction of its own contains it.
 */
export const naming = (scope: Scope, parameter: `$${number}`): { as: string; sql: string; value: string } => {
  if ('account' in scope)
    return { as: 'account', sql: `set_config('recto.account', ${parameter}::text, true)`, value: scope.account }
  if ('generation' in scope)
    return {
      as: 'account_of_generation',
      sql: `set_config('recto.account', recto.account_of_generation(${parameter})::text, true)`,
      value: scope.generation,
    }
  if ('webhook' in scope)
    return {
      as: 'account_of_webhook',
      sql: `set_config('recto.account', recto.account_of_webhook(${parameter})::text, true)`,
      value: scope.webhook,
    }
  if ('connectionCheck' in scope)
    return {
      as: 'account_of_connection_check',
      sql: `set_config('recto.account', (select account_id::text from recto.connection_checks where id = ${parameter}), true)`,
      value: scope.connectionCheck,
    }
  return {
    as: 'several_accounts',
    sql: `set_config('recto.across_accounts', ${parameter}, true)`,
    value: scope.across,
  }
}

/**
 * The SQL expression by which a statement for the entries of the JSON array in `parameter` gives up a wait for a lock after
 * a second, unless it is for one entry.
 */
export const waitingBriefly = (parameter: `$${number}`): string =>
  `set_config('lock_timeout', case when jsonb_array_length(${parameter}::jsonb) > 1 then '1s' else '0' end, true)`

/** Names the scope of a transaction of several statements, as the first of them. */
export const enter = (scope: Scope): Statement => {
  const { as, sql, value } = naming(scope, '$1')
  return { name: `enter_${as}`, text: `select ${sql}`, values: [value] }
}

/**
 * Runs `work` in a transaction that begins with the statement `opening`, which names its scope. Rolls back when `work`
 * throws. A connection that cannot roll back is closed.
 * @throws what `work` throws, or the error of the connection
 */
export const inTransaction = async <T>(pool: pg.Pool, opening: Statement, work: (tx: Tx) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  let broken: Error | undefined
  const onBroken = (error: Error) => {
    broken = error
  }
  client.on('error', onBroken)
  try {
    const begun = [client.query('begin'), client.query(opening)]
    const [result] = await Promise.all([work(client), ...begun])
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(onBroken)
    throw error
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

/** Whether the connection of a failed statement can be used no more. The server ends it behind the error of some. */
const endsConnection = (error: unknown): boolean => {
  const state = sqlState(error)
  // Class 08: protocol; 57P0x: shut down, crashed, ended by an operator. Any other error of the server rolls back.
  return state === undefined || /^(08...|57P0.)$/.test(state)
}

/**
 * Sends one statement that is a transaction of its own and names its scope by itself. It is never sent again: without an
 * answer it may have been committed. A connection whose state is not known afterwards is closed. `behind` is a
 * transaction of its own that travels in the same write. It runs also when the first fails, and nobody waits for it.
 * @throws the error of the statement or of the connection
 */
export const queryAlone = async (pool: pg.Pool, statement: Statement, behind?: Statement): Promise<Answer> => {
  const client = await pool.connect()
  try {
    const answering = client.query(statement)
    if (behind) client.query(behind).catch(() => undefined)
    const answer = await answering
    client.release()
    return answer
  } catch (error) {
    client.release(endsConnection(error))
    throw error
  }
}

/**
 * Sends statements in a transaction of their own within `scope`. All of it travels together, so it takes one round trip, and
 * locks are not held while this process does something else.
 * @throws the first error of a statement, or the error of the connection
 */
export const queryAllWithin = async (pool: pg.Pool, scope: Scope, statements: Statement[]): Promise<Answer[]> => {
  const client = await pool.connect()
  const steps = await Promise.allSettled<Answer>(
    ['begin', enter(scope), ...statements, 'commit'].map((step) => client.query<object>(step)),
  )
  // After a failed statement the commit rolls back, so it fails only when the connection is of no more use.
  client.release(steps.at(-1)?.status === 'rejected' ? true : undefined)
  // The first failure is the cause of those behind it.
  const answers = steps.map((step) => {
    if (step.status === 'rejected') throw step.reason
    return step.value
  })
  return answers.slice(2, -1)
}

/** Sends one statement as `queryAllWithin` does. */
export const queryWithin = async (pool: pg.Pool, scope: Scope, statement: Statement): Promise<Answer> => {
  const [answer] = await queryAllWithin(pool, scope, [statement])
  if (!answer) throw new RangeError('a statement was not answered')
  return answer
}
