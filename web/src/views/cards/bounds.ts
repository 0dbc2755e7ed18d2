/** The longest search that the API takes, in code points. */
export const searchBound = 200
/** The largest file of an import, in bytes: api/src/cards/file-contract.ts. A test keeps it the same. */
export const importBytes = 64 * 1024 * 1024
