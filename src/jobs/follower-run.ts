/**
 * How far a follower of the journal came. `more`: something is left to do at once. `busy`: somebody else reads on for it, at
 * most for `waitMs` more.
 */
export type FollowerRun = { kind: 'done' | 'more' } | { kind: 'busy'; waitMs: number }
