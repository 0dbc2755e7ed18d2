/** Limits of what any kind's answers may hold that their input lacks. */
export const limits = {
  /** So many letters in a row of the instructions (about five words) are a leak. Real texts share 12 at most. */
  leakedLetters: 24,
  /** The least length, digits and changes between kinds of characters with which a string counts as a secret. */
  secret: { length: 20, digits: 2, changes: 6 },
} as const
