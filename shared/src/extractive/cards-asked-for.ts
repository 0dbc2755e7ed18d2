const defaultCards = 10
const mostCards = 40

/** How many cards the instructions of a prompt ask for. */
export const cardsAskedFor = (instructions: string): number => {
  const said = /\b(\d{1,2})\s+(?:\p{L}+\s+)?(?:flash)?cards\b/iu.exec(instructions)?.[1]
  return said ? Math.min(Math.max(Number(said), 1), mostCards) : defaultCards
}
