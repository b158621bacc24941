/**
 * Names the server whose channels the hooks know:
 * `declare module '@tambuli/client/react' { interface Register { app: typeof server } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add the member.
export interface Register {}
