/** Accepted suggestions as a share of the reviewed ones, to four digits; null when none was reviewed. */
export const acceptanceRate = ({ accepted, rejected }: { accepted: number; rejected: number }): number | null =>
  accepted + rejected === 0 ? null : Number((accepted / (accepted + rejected)).toFixed(4))
