/** Paths that orchestrators and load balancers ask every few seconds. */
export const probes: ReadonlySet<string> = new Set(['/livez', '/readyz', '/up', '/health'])
