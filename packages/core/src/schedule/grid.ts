/**
 * The slots of one schedule: the instants it wants to run at, whatever really happened.
 * Everything the catch-up policies need is asked of the grid, so intervals and cron share them.
 */
export type Grid = {
  /** First slot strictly after the instant (epoch ms); null when the schedule has no further slot. */
  after(instantMs: number): number | null;
  /** The `nth` latest slot at or before the instant: 1 = the latest. Null when there are fewer. */
  latest(instantMs: number, nth: number): number | null;
  /** How many slots `s` have `afterMs < s <= upToMs`. May stop counting at `atMost`. */
  count(afterMs: number, upToMs: number, atMost: number): number;
};
