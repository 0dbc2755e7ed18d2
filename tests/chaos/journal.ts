/** What a person did about one idempotency key, and every answer to it. */
export type Submission = {
  person: string
  key: string
  /** `accepted` with at least one id; `denied` by a limit; `unanswered` when the run ended before an answer came. */
  outcome: 'accepted' | 'denied' | 'unanswered'
  /** The ids of all 202 answers. */
  ids: Set<string>
  /** Answers that no fault explains. */
  unexpected: string[]
}

/** What a person was told about one generation, by a stream or by reading it again and again. */
export type Following = {
  id: string
  way: 'stream' | 'poll'
  /** The statuses that were told, without repetitions. */
  statuses: string[]
  /** The status that was told as the last one; undefined when the run ended before. */
  ended: string | undefined
  /** How often a stream broke and was opened again. */
  reopened: number
  unexpected: string[]
}

/** The status that a person was told when they cancelled. */
type Cancelling = { id: string; told: string }

/** One look at what belongs to others: what came back. Nothing may. */
type Look = { person: string; at: string; found: string[] }

/** Everything that clients were told. Nothing in it comes from the database. */
export type Journal = {
  submissions: Submission[]
  followings: Following[]
  cancellings: Cancelling[]
  looks: Look[]
  /** What a client could not make sense of. */
  errors: string[]
}

export const createJournal = (): Journal => ({
  submissions: [],
  followings: [],
  cancellings: [],
  looks: [],
  errors: [],
})
